"""A charger on a broker and a support engineer who has nothing but `evse-support`."""
