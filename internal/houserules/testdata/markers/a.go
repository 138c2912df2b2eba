package a

// TODO: finish // want "marker TODO"
func A() {}

// Todos, and FIXMEs inside a word, are no markers.
func B() {}
