package monday_test

import (
	_ "github.com/centrala-go/centrala/booksy" // want "monday must not import booksy"
	_ "github.com/centrala-go/centrala/monday/mondaytest"
	_ "github.com/centrala-go/centrala/transport"
	_ "github.com/centrala-go/centrala/transport/transporttest"
)
