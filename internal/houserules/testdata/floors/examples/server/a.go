package main

import (
	_ "github.com/centrala-go/centrala/booksy"
	_ "github.com/centrala-go/centrala/monday"
)
