package sqlitestore

import (
	_ "github.com/centrala-go/centrala/transport" // want "webhook/sqlitestore must not import transport"
	_ "github.com/centrala-go/centrala/webhook"
)
