package config

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// Secret is a credential from the environment or from a file that is read
// again when it changes. It never prints its value. The zero value is unset.
type Secret struct{ src *source }

type source struct {
	name string
	path string // "" for a value from the environment

	mu    sync.Mutex
	value string
	mod   time.Time
	size  int64
}

// NewSecret returns a secret with a fixed value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&source{value: value}}
}

func fileSecret(name, path string) (Secret, error) {
	s := Secret{&source{name: name, path: path}}
	v, err := s.Read()
	if err == nil && v == "" {
		err = fmt.Errorf("%s_FILE: the file is empty", name)
	}
	return s, err
}

// Set reports whether there is a secret at all.
func (s Secret) Set() bool { return s.src != nil }

// Read returns the current value, "" for an unset secret.
func (s Secret) Read() (string, error) {
	if s.src == nil {
		return "", nil
	}
	return s.src.read()
}

// Value is Read in the shape of a transport.CredentialFunc.
func (s Secret) Value(context.Context) (string, error) { return s.Read() }

func (s *source) read() (string, error) {
	if s.path == "" {
		return s.value, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err == nil && info.ModTime().Equal(s.mod) && info.Size() == s.size && s.value != "" {
		return s.value, nil
	}
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", s.name, err)
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", s.name, err)
	}
	s.value, s.mod, s.size = strings.TrimSpace(string(text)), info.ModTime(), info.Size()
	return s.value, nil
}

const hidden = "[secret]"

// Format writes a placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue logs a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText encodes a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
