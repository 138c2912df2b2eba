package config

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/centrala-go/centrala/transport"
)

// Secret is a credential from the environment or from a file that is read
// again when it changes. It never prints its value. The zero value is unset.
type Secret struct{ read transport.CredentialFunc }

// NewSecret returns a secret with a fixed value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{transport.StaticCredential(value)}
}

// fileSecret returns the secret in a file that the variable name_FILE names.
func fileSecret(name, path string) (Secret, error) {
	file := transport.CredentialFile(path)
	s := Secret{func(ctx context.Context) (string, error) {
		v, err := file(ctx)
		if err != nil {
			return "", fmt.Errorf("%s_FILE: %w", name, err)
		}
		return v, nil
	}}
	_, err := s.Value(context.Background())
	return s, err
}

// Set reports whether there is a secret at all.
func (s Secret) Set() bool { return s.read != nil }

// Value returns the current value, "" for an unset secret. It is a
// transport.CredentialFunc.
func (s Secret) Value(ctx context.Context) (string, error) {
	if s.read == nil {
		return "", nil
	}
	return s.read(ctx)
}

const hidden = "[secret]"

// Format writes a placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue logs a placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText encodes a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
