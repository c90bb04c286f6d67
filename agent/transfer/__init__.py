"""Files over the network: sent to and fetched from where the central system says, within what the site allows."""
