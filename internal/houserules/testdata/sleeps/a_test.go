package a_test

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestReal(t *testing.T) {
	time.Sleep(time.Second) // want "time.Sleep in a test"
	go func() {
		time.Sleep(time.Second) // want "time.Sleep in a test"
	}()
}

func advance() {
	time.Sleep(time.Second) // fake time
}

func TestFake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Second)
	})
}
