package transport

import (
	_ "net/http"

	_ "github.com/centrala-go/centrala/internal/memnet"
	_ "github.com/centrala-go/centrala/monday"  // want "transport must not import monday"
	_ "github.com/centrala-go/centrala/webhook" // want "transport must not import webhook"
)
