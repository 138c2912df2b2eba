package webhook

import (
	"errors"
	"io"
	"sync"
)

// A body is gathered in pieces: a small one that a slow sender may hold for
// long, then large ones that are used again, so that a flood of bodies to be
// refused costs no more than what is read of them at once. A Content-Length is
// only a claim: nothing is allocated on its word.
const (
	firstPiece  = 4 << 10
	otherPieces = 32 << 10
)

type piece [otherPieces]byte

var pieces = sync.Pool{New: func() any { return new(piece) }}

func readBody(r io.Reader) ([]byte, error) {
	first := make([]byte, firstPiece)
	n, err := fill(r, first)
	if err != nil {
		return first[:n], finished(err)
	}
	var more []*piece
	defer func() {
		for _, p := range more {
			pieces.Put(p)
		}
	}()
	for err == nil {
		p := pieces.Get().(*piece)
		more = append(more, p)
		n, err = fill(r, p[:])
	}
	if finished(err) != nil {
		return nil, err
	}
	body := make([]byte, 0, len(first)+(len(more)-1)*otherPieces+n)
	body = append(body, first...)
	for _, p := range more[:len(more)-1] {
		body = append(body, p[:]...)
	}
	return append(body, more[len(more)-1][:n]...), nil
}

// fill reads until p is full or the reader ends. Unlike io.ReadFull it keeps
// the end of a body apart from a connection cut short.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	if n == len(p) && errors.Is(err, io.EOF) {
		err = nil // the next read says so again
	}
	return n, err
}

func finished(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
