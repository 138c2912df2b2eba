package webhook

import "errors"

// fallback asks second only about messages without the header of first.
type fallback struct{ first, second *macVerifier }

// insteadOf verifies by first and, where a message lacks its header, by s.
func (s spec) insteadOf(first spec) func(SchemeConfig) (Verifier, error) {
	return func(c SchemeConfig) (Verifier, error) {
		f, err := first.build(c)
		if err != nil {
			return nil, err
		}
		second, err := s.build(c)
		if err != nil {
			return nil, err
		}
		return fallback{f, second}, nil
	}
}

func (f fallback) Verify(m *Message) (Verification, error) {
	proof, err := f.first.Verify(m)
	if !errors.Is(err, ErrMissing) {
		return proof, err
	}
	if proof, second := f.second.Verify(m); !errors.Is(second, ErrMissing) {
		return proof, second
	}
	return proof, err
}
