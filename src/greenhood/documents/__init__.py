"""Put it on paper: official forms as Word and PDF; knows layouts, not rules."""
