package util_test // want "package util_test: name it"
