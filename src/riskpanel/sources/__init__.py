"""Where prices, profiles and holdings come from: files, providers, the exchange calendar."""
