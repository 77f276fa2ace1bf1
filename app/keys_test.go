package app

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
)

// TestKeysAreTakenOutOfTheEnvironment: who comes later does not find them there, and a
// configuration that is read again does.
func TestKeysAreTakenOutOfTheEnvironment(t *testing.T) {
	t.Setenv("VAULT_KEY", "made-up-key-of-a-vault")
	t.Setenv("CREDENTIALS_DIRECTORY", "/made-up")
	k := keys{unset: os.Unsetenv}
	s := config.Secret{Key: "key", Env: "VAULT_KEY"}
	for range 2 {
		if got, err := k.read(&s); err != nil || got.Reveal() != "made-up-key-of-a-vault" {
			t.Fatalf("it is %q, %v", got.Reveal(), err)
		}
	}
	if _, there := os.LookupEnv("VAULT_KEY"); there || strings.Contains(strings.Join(os.Environ(), "\n"), "made-up-key") {
		t.Error("the key is still in the environment")
	}
	if k.getenv("CREDENTIALS_DIRECTORY") == "" || os.Getenv("CREDENTIALS_DIRECTORY") == "" {
		t.Error("where credentials lie is taken away")
	}
}

// TestNoKeyPassesTheVeil, in whichever form.
func TestNoKeyPassesTheVeil(t *testing.T) {
	const key, short = "made-up-key-of-a-vault", "made"
	t.Setenv("VAULT_KEY", key)
	t.Setenv("VAULT_SHORT", short)
	var k keys
	for _, env := range []string{"VAULT_KEY", "VAULT_SHORT"} {
		if _, err := k.read(&config.Secret{Key: "key", Env: env}); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv("VAULT_KEY") != key {
		t.Error("the environment of others is changed")
	}
	var out bytes.Buffer
	v := &veil{&out, &k}
	for _, text := range []string{"a " + key + " b\n", "nothing made up\n", base64.StdEncoding.EncodeToString([]byte(key)) + "\n"} {
		if n, err := v.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if got := out.String(); strings.Contains(got, key) || !strings.HasPrefix(got, "a *** b\nnothing made up\n***") {
		t.Errorf("it shows %q", got)
	}
}

// TestKeysAreReadOnce: who looks for a key in the environment itself does not find it there.
func TestKeysAreReadOnce(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	direct := regexp.MustCompile(`\.(Read|Check|Open|Opener)\([^()]*os\.Getenv\)`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := direct.Find(text); found != nil && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s: %s: read keys with command.keys, which takes them out of the environment", name, found)
		}
	}
}
