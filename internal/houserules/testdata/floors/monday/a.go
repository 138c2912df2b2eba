package monday

import (
	_ "github.com/centrala-go/centrala/monday/internal/wire"
	_ "github.com/centrala-go/centrala/transport"
	_ "github.com/centrala-go/centrala/transport/transporttest" // want "monday must not import transport/transporttest"
	_ "github.com/centrala-go/centrala/webhook"
)
