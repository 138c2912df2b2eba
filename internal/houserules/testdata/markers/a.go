package a

// TODO: finish // want "marker TODO"
func A() {}

// Todos, a todo in prose and FIXMEs inside a word are no markers.
func B() {}
