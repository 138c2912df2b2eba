package util // want "package util: name it"
