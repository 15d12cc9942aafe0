"""Citation recall and precision after ALCE (Gao et al. 2023), by a judge and by gold quotes. Reads Records only."""
