"""A simulated month: 20 charges a day, a link that fails daily, three power cuts, and the bill of every one of them."""
