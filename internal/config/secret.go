package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/internal/keyring"
	"github.com/signalman-trading/signalman/market"
)

// Secret says where a key lies: in a variable of the environment, in a file, among the
// credentials that systemd gives a service, or in a file encrypted with age.
type Secret struct {
	Key        string // of the source's table: "key"
	Env        string `toml:"env" doc:"variable of the environment that holds the key"`
	File       string `toml:"file" doc:"file that holds the key, readable by its owner only (mode 0600)"`
	Credential string `toml:"credential" doc:"name of a credential of the systemd service, in $CREDENTIALS_DIRECTORY"`
	Age        string `toml:"age" doc:"file encrypted with age that holds the key among others, as lines NAME=value"`
	Name       string `toml:"name" doc:"of the key in the encrypted file"`

	path []string // Key
	ring *ring
}

var secretType = reflect.TypeFor[market.Secret]()

const secretHint = `write %s = { env = "NAME" } or %[1]s = { file = "PATH" }, a file of mode 0600`

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
	s := Secret{Key: key, path: own, ring: d.ring}
	before := len(d.list)
	d.table(reflect.ValueOf(&s).Elem(), table, path, nil)
	if len(d.list) > before {
		return
	}
	if !d.placed(&s, path) {
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

// placed asks for one place, and for names that are names.
func (d *decoder) placed(s *Secret, path []string) bool {
	places := 0
	for _, place := range []string{s.Env, s.File, s.Credential, s.Age} {
		if place != "" {
			places++
		}
	}
	const hint = "write the name of the place that holds the key, and not the key"
	switch {
	case places != 1:
		d.add(path, fmt.Sprintf(secretHint, s.Key), "%s must name one place", s.Key)
	case s.Env != "" && !keyring.ValidName(s.Env):
		d.add(path, "write the name of a variable that holds the key, and not the key", "env of %s is no name of a variable of the environment", s.Key)
	case s.Credential != "" && !keyring.ValidName(s.Credential):
		d.add(path, hint, "credential of %s is no name of up to 64 letters, digits and _", s.Key)
	case (s.Age == "") != (s.Name == ""):
		d.add(path, `write { age = "keys.age", name = "BINANCE_KEY" }`, "%s needs age, an encrypted file, and name, which key of it", s.Key)
	case s.Age != "" && !keyring.ValidName(s.Name):
		d.add(path, hint, "name of %s is no name of up to 64 letters, digits and _", s.Key)
	case s.Age != "" && d.ring == nil:
		d.add(path, "use env, file or credential", "what opens encrypted files cannot lie in one")
	default:
		return true
	}
	return false
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
	switch {
	case s.Env != "":
		if text := strings.TrimSpace(getenv(s.Env)); text != "" {
			return text, nil
		}
		return "", fmt.Errorf("%s of the environment is not set: set it to the key", s.named())
	case s.Age != "":
		return s.ring.read(s, getenv)
	case s.Credential != "":
		dir := getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", errors.New("systemd gave no credentials: CREDENTIALS_DIRECTORY is not set; use LoadCredential= in the unit of the service")
		}
		return readKey(filepath.Join(dir, s.Credential), keyring.ByGroup)
	}
	return readKey(s.File, keyring.ByOwner)
}

// readKey returns the key that a file holds.
func readKey(path string, refused fs.FileMode) (string, error) {
	data, err := keyring.ReadFile(path, refused)
	if err != nil {
		return "", fmt.Errorf("the file of the key cannot be read: %w", err)
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "", fmt.Errorf("the file %s of a key is empty", path)
	}
	return text, nil
}

// Place says where the key lies, in words that show no more than names.
func (s *Secret) Place() string {
	switch {
	case s.Env != "" && name.MatchString(s.Env):
		return "env " + s.Env
	case s.Env != "":
		return "env"
	case s.Credential != "" && name.MatchString(strings.ToUpper(s.Credential)):
		return "credential " + s.Credential
	case s.Credential != "":
		return "credential"
	case s.Age != "" && name.MatchString(s.Name):
		return "age " + s.Age + " " + s.Name
	case s.Age != "":
		return "age " + s.Age
	}
	return "file " + s.File
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
