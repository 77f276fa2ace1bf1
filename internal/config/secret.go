package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// Secret says where a key lies: in a variable of the environment or in a file.
type Secret struct {
	Key  string // of the source's table: "key"
	Env  string `toml:"env" doc:"variable of the environment that holds the key"`
	File string `toml:"file" doc:"file that holds the key, readable by its owner only (mode 0600)"`

	path []string // Key
}

var secretType = reflect.TypeFor[market.Secret]()

const secretHint = `write %s = { env = "NAME" } or %[1]s = { file = "PATH" }, a file of mode 0600`

// variable is what a variable of the environment may be called. What else stands there may
// be the key itself.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// secret reads where a key lies, and the key itself where the decoder has an
// environment. No message shows what stands there: it may be the key.
func (d *decoder) secret(v reflect.Value, x any, path []string) {
	own := path[min(2, len(path)-1):]
	key := dotted(own)
	table, ok := x.(map[string]any)
	switch {
	case d.secrets == nil && d.getenv == nil:
		d.add(path, "keys belong to [signals.X], [exchange.X], [notify.X] and [daemon] only", "%s is a secret, which strategies and rules never see", key)
		return
	case slices.ContainsFunc(path, isElement):
		d.add(path, "mend the plug-in", "a secret cannot stand in an array")
		return
	case !ok:
		d.addAt(path, true, fmt.Sprintf(secretHint, key), "%s is written out in the configuration", key)
		return
	}
	s := Secret{Key: key, path: own}
	before := len(d.list)
	d.table(reflect.ValueOf(&s).Elem(), table, path, nil)
	if len(d.list) > before {
		return
	}
	if (s.Env == "") == (s.File == "") {
		d.add(path, fmt.Sprintf(secretHint, key), "%s must name one place", key)
		return
	}
	if s.Env != "" && !variable.MatchString(s.Env) {
		d.add(path, "write the name of a variable that holds the key, and not the key", "env of %s is no name of a variable of the environment", key)
		return
	}
	if d.secrets != nil {
		*d.secrets = append(*d.secrets, s)
	}
	if d.getenv != nil {
		text, err := s.read(d.getenv)
		if err != nil {
			d.add(path, "", "%w", err)
			return
		}
		v.Set(reflect.ValueOf(market.NewSecret(text)))
	}
}

// Read looks the key up.
func (s *Secret) Read(getenv func(string) string) (market.Secret, error) {
	text, err := s.read(getenv)
	return market.NewSecret(text), err
}

// Check reports why the key cannot be read, if it cannot.
func (s *Secret) Check(getenv func(string) string) error {
	_, err := s.read(getenv)
	return err
}

func (s *Secret) read(getenv func(string) string) (string, error) {
	if s.Env != "" {
		if text := strings.TrimSpace(getenv(s.Env)); text != "" {
			return text, nil
		}
		return "", fmt.Errorf("%s of the environment is not set: set it to the key", s.named())
	}
	info, err := os.Stat(s.File)
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return "", fmt.Errorf("the file of the key cannot be read: %w", failed.Err) // without its name: it may be the key
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("the file %s of a key has mode %04o, so that others may read it: chmod 600 %[1]s", s.File, mode)
	}
	data, err := os.ReadFile(s.File)
	if err != nil {
		return "", fmt.Errorf("the key cannot be read: %w", err)
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "", fmt.Errorf("the file %s of a key is empty", s.File)
	}
	return text, nil
}

// name is what nobody takes for a key: short, and in capitals.
var name = regexp.MustCompile(`^[A-Z_][A-Z0-9_]{0,39}$`)

// named says which variable holds the key, unless what stands there may be the key itself.
func (s *Secret) named() string {
	if !name.MatchString(s.Env) {
		return fmt.Sprintf("the variable that env of %s names (not repeated here, for it may be the key itself)", s.Key)
	}
	return "the variable " + s.Env
}

// hasSecret reports whether a struct can hold a secret in an exported field.
func hasSecret(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == secretType || seen[t] {
		return t == secretType
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hasSecret(t.Elem(), seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if f.IsExported() && hasSecret(f.Type, seen) {
				return true
			}
		}
	}
	return false
}
