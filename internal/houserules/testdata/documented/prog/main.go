// Prog is a command: it exports nothing.
package main

func Exported() {}

func main() {}
