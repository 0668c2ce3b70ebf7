"""What a fetch does with every fault of a source, and how long five hundred symbols take."""
