package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	require.Equal(t, `phone "": {"set_attributes":{"error":"bad_request","error_detail":"phone is missing","success":false}}
phone "+48600100200": {"messages":[{"text":"Oddzwonimy, Jan!","quick_replies":[{"title":"Wolę spotkanie","block_names":["Rezerwacja"]}]}],"set_attributes":{"success":true}}
sent "Przypomnienie" to 1234567890123456 with map[meeting_time:10:00]
`, out.String())
}
