"""Who met what and when: read, filtered, parted into people, held out."""
