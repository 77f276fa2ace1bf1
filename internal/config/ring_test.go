package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/internal/keyring"
)

// sealed is a directory with an encrypted file of two keys, and what opens it.
func sealed(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	identity := filepath.Join(dir, "identity")
	if _, err := keyring.NewIdentity(identity); err != nil {
		t.Fatal(err)
	}
	values, err := keyring.Parse("A = made-up-a\nB=\"made-up\\nb\"\n")
	if err != nil {
		t.Fatal(err)
	}
	o := keyring.Opener{Identity: identity}
	if err := o.Seal(filepath.Join(dir, "keys.age"), values); err != nil {
		t.Fatal(err)
	}
	return dir
}

const keyedSource = "[signals.g]\ntype = \"grades\"\n"

// parseKey reads a configuration whose one key lies as written, and looks it up.
func parseKey(t *testing.T, secrets, key string, getenv func(string) string) (string, *config.Config, error) {
	t.Helper()
	c, err := config.Parse("strategies.toml", []byte(secrets+keyedSource+"key = "+key+"\n"), plugins(), nil)
	if err != nil {
		return "", nil, err
	}
	got, err := c.Sources[0].Secrets[0].Read(getenv)
	return got.Reveal(), c, err
}

// TestKeysInEncryptedFiles are found by name, with an identity.
func TestKeysInEncryptedFiles(t *testing.T) {
	dir := sealed(t)
	none := func(string) string { return "" }
	secrets := "[secrets]\nidentity = \"" + dir + "/identity\"\n"
	for name, want := range map[string]string{"A": "made-up-a", "B": "made-up\nb"} {
		key := `{age = "` + dir + `/keys.age", name = "` + name + `"}`
		got, c, err := parseKey(t, secrets, key, none)
		if err != nil || got != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
		again, err := config.Parse("again.toml", c.Resolved(), plugins(), nil)
		if err != nil || string(again.Resolved()) != string(c.Resolved()) || !strings.Contains(string(c.Resolved()), key) {
			t.Errorf("%v: it resolves to\n%s", err, c.Resolved())
		}
		without, _ := config.Parse("again.toml", []byte(keyedSource+"key = { env = \"X\" }\n"), plugins(), nil)
		if without == nil || c.Hash() != without.Hash() {
			t.Error("where a key lies is part of the hash")
		}
	}
	for _, x := range []struct{ secrets, key, want string }{
		{secrets, `{ age = "` + dir + `/keys.age", name = "C" }`, "no key in " + dir + "/keys.age has the name"},
		{"", `{ age = "` + dir + `/keys.age", name = "A" }`, "nothing opens encrypted files: write [secrets]"},
		{secrets, `{ age = "` + dir + `/none.age", name = "A" }`, "the encrypted file cannot be read: no such file"},
		{secrets, `{ age = "` + dir + `/identity", name = "A" }`, "no file that age encrypted"},
	} {
		if got, _, err := parseKey(t, x.secrets, x.key, none); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %q, %v; want %q", x.key, got, err, x.want)
		}
	}
}

// TestPassphrasesLieInPlacesToo, but not in encrypted files.
func TestPassphrasesLieInPlacesToo(t *testing.T) {
	if testing.Short() {
		t.Skip("a passphrase takes a second")
	}
	dir := sealed(t)
	asks := 0
	env := func(name string) string {
		if name == "WORD" {
			asks++
			return "correct horse"
		}
		return ""
	}
	secrets := "[secrets]\npassphrase = { env = \"WORD\" }\n"
	c, err := config.Parse("strategies.toml", []byte(secrets), plugins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := c.Opener(env)
	values, _ := keyring.Parse("A=made-up-a")
	if err := o.Seal(dir+"/word.age", values); err != nil {
		t.Fatal(err)
	}
	asks = 0
	got, c, err := parseKey(t, secrets, `{ age = "`+dir+`/word.age", name = "A" }`, env)
	if err != nil || got != "made-up-a" {
		t.Errorf("it is %q, %v", got, err)
	}
	if _, err := c.Sources[0].Secrets[0].Read(env); err != nil || asks != 1 {
		t.Errorf("%v; the passphrase was asked for %d times", err, asks)
	}
	_, _, err = parseKey(t, "[secrets]\npassphrase = { age = \"a\", name = \"B\" }\n", `{ env = "X" }`, env)
	if err == nil || !strings.Contains(err.Error(), "what opens encrypted files cannot lie in one") {
		t.Errorf("a passphrase in an encrypted file: %v", err)
	}
}

// TestCredentials are files that systemd lays out, whose group bits mean no group.
func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "binance"), []byte("made-up\n"), 0o440); err != nil {
		t.Fatal(err)
	}
	env := func(name string) string { return map[string]string{"CREDENTIALS_DIRECTORY": dir}[name] }
	if got, _, err := parseKey(t, "", `{ credential = "binance" }`, env); err != nil || got != "made-up" {
		t.Errorf("it is %q, %v", got, err)
	}
	for key, want := range map[string]string{
		`{ credential = "other" }`: "no such file", `{ credential = "../x" }`: "is no name",
		`{ credential = "a", env = "B" }`: "must name one place", `{ age = "x" }`: "needs age, an encrypted file, and name",
		`{ env = "A", name = "B" }`: "needs age", `{ age = "x", name = "a b" }`: "is no name",
	} {
		if got, _, err := parseKey(t, "", key, env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v; want %q", key, got, err, want)
		}
	}
	if _, _, err := parseKey(t, "", `{ credential = "a" }`, func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "LoadCredential=") {
		t.Errorf("without systemd: %v", err)
	}
}

// TestSecretsAreListed with what they are for, and where they lie.
func TestSecretsAreListed(t *testing.T) {
	c, err := config.Parse("strategies.toml", []byte("[secrets]\npassphrase = { file = \"p\" }\n"+keyedSource+"key = { age = \"keys.age\", name = \"A\" }\n"), plugins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Secrets() {
		got = append(got, s.For+": "+s.Place())
	}
	if want := "signals.g.key: age keys.age A\nsecrets.passphrase: file p"; strings.Join(got, "\n") != want {
		t.Errorf("they are %q", got)
	}
}
