package profile

import (
	"fmt"
	"io"
	"strings"
)

// Secret is text that must not be shown. It formats and encodes as "(secret)".
type Secret struct{ text string }

const masked = "(secret)"

// Reveal returns the text. Only code that connects to the warehouse calls it.
func (s Secret) Reveal() string { return s.text }

// Empty reports whether there is no text.
func (s Secret) Empty() bool { return s.text == "" }

// Format hides the text from every verb of fmt.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalText hides the text from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// secretWords mark a key as secret wherever they occur in it.
var secretWords = []string{"password", "passphrase", "passwd", "secret", "token", "private_key", "keyfile_json", "api_key", "credential"}

// notSecret are keys that hold a place or a name although a word above is in
// them.
var notSecret = map[string]bool{"private_key_path": true, "token_uri": true, "token_endpoint": true}

func secretKey(key string) bool {
	key = strings.ToLower(key)
	if notSecret[key] {
		return false
	}
	if key == "pass" || key == "pwd" {
		return true
	}
	for _, w := range secretWords {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}

// secretInURL reports whether text is a connection string that carries a
// secret, such as MotherDuck's token.
func secretInURL(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "token=") || strings.Contains(s, "password=") ||
		(strings.Contains(s, "://") && strings.Contains(s, "@"))
}

// secretVariable reports whether dbt treats a variable as secret by its name.
func secretVariable(name string) bool { return strings.HasPrefix(name, "DBT_ENV_SECRET") }
