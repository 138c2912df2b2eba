package mondaytest

import (
	_ "github.com/centrala-go/centrala/booksy" // want "monday/mondaytest must not import booksy"
	_ "github.com/centrala-go/centrala/monday"
	_ "github.com/centrala-go/centrala/transport/transporttest"
)
