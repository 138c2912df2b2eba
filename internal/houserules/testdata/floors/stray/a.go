package stray // want "package stray stands on no floor"
