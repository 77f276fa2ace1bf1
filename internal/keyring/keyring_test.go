package keyring_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/keyring"
)

// lay makes a file of a mode, below directories of modes.
func lay(t *testing.T, mode os.FileMode, dirs ...os.FileMode) string {
	t.Helper()
	dir := t.TempDir()
	for _, m := range dirs {
		dir = filepath.Join(dir, "d")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, m); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "key")
	if err := os.WriteFile(path, []byte("made-up\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFilesOthersMayRead are refused, and so are those that others may replace.
func TestFilesOthersMayRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no modes")
	}
	const sticky = 0o777 | os.ModeSticky
	for _, x := range []struct {
		mode    os.FileMode
		dirs    []os.FileMode
		refused os.FileMode
		want    string
	}{
		{0o600, nil, keyring.ByOwner, ""}, {0o400, nil, keyring.ByOwner, ""},
		{0o640, nil, keyring.ByOwner, "mode 0640, so that others may read it: chmod 600"},
		{0o604, nil, keyring.ByOwner, "mode 0604"}, {0o620, nil, keyring.ByOwner, "mode 0620"},
		{0o440, nil, keyring.ByGroup, ""}, {0o444, nil, keyring.ByGroup, "mode 0444"},
		{0o600, []os.FileMode{0o755}, keyring.ByOwner, ""}, {0o600, []os.FileMode{0o775}, keyring.ByOwner, ""},
		{0o600, []os.FileMode{0o777}, keyring.ByOwner, "has mode 0777: chmod o-w"},
		{0o600, []os.FileMode{0o777, 0o700}, keyring.ByOwner, "has mode 0777: chmod o-w"},
		{0o600, []os.FileMode{sticky}, keyring.ByOwner, ""},
	} {
		path := lay(t, x.mode, x.dirs...)
		data, err := keyring.ReadFile(path, x.refused)
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) || err == nil && string(data) != "made-up\n" {
			t.Errorf("%04o below %o: %q, %v", x.mode, x.dirs, data, err)
		}
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.ReadFile(link, x.refused); (err == nil) != (x.want == "") {
			t.Errorf("a link to %04o below %o: %v", x.mode, x.dirs, err)
		}
	}
	if got := keyring.Loose(lay(t, 0o600, 0o755, 0o775)); len(got) != 1 || !strings.HasSuffix(got[0], "d/d") {
		t.Errorf("a group may write to %q", got)
	}
}

// TestErrorsNameNoFileThatIsNotThere, since it may be the key.
func TestErrorsNameNoFileThatIsNotThere(t *testing.T) {
	const key = "made-up-key"
	o := keyring.Opener{Identity: key}
	_, opening := o.Open(key)
	_, reading := keyring.ReadFile(key, keyring.ByOwner)
	for _, err := range []error{reading, opening, o.Seal(filepath.Join(t.TempDir(), "x"), nil), (&keyring.Opener{}).Seal("x", nil, key)} {
		if err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("it says %v", err)
		}
	}
	if _, err := keyring.ReadFile(t.TempDir(), keyring.ByOwner); err == nil || !strings.Contains(err.Error(), "is no file") {
		t.Errorf("a directory: %v", err)
	}
}

// TestParse reads lines, and names those that are none by number alone.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"A=b": "A=b", " A = b c \n\n# no\nB==\r\n": "A=b c;B==", `K="a\nb"`: "K=a\nb", `Q=a"b`: `Q=a"b`,
		"": "there is no line", "# A=b": "there is no line", "made-up": "line 1", "A=b\nmade up=c": "line 2", "A=": "line 1 has no value",
		"A=b\nA=c": "line 2 has the name", `A="made-up`: "line 1: the value begins with a quote", "9=a": "line 1", `A=""`: "line 1 has no value",
	} {
		values, err := keyring.Parse(text)
		var got []string
		for _, v := range values {
			got = append(got, v.Name+"="+v.Key.Reveal())
		}
		said := strings.Join(got, ";")
		if err != nil {
			if said = err.Error(); strings.Contains(said, "made") {
				t.Errorf("%q: %q", text, said)
			}
		}
		if !strings.HasPrefix(said, want) {
			t.Errorf("%q is %q, want %q", text, said, want)
		}
	}
}

// FuzzParse: what is read has names, and no error quotes what is not.
func FuzzParse(f *testing.F) {
	f.Add("A=b\n# c\nB = \"x\\ny\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := keyring.Parse(text)
		if (err == nil) == (len(values) == 0) {
			t.Fatalf("%d values, %v", len(values), err)
		}
		for _, v := range values {
			if key, ok := values.Get(v.Name); !ok || !key.Set() || !keyring.ValidName(v.Name) {
				t.Errorf("%q", v.Name)
			}
		}
	})
}

// TestSealAndOpen gives what was sealed, to whom it was sealed for alone.
func TestSealAndOpen(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	recipient, err := keyring.NewIdentity(at("mine"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.NewIdentity(at("mine")); err == nil {
		t.Error("an identity is written over another")
	}
	if _, err := keyring.NewIdentity(at("other")); err != nil {
		t.Fatal(err)
	}
	values, err := keyring.Parse("A=1\nB=\"2\\n3\"")
	if err != nil {
		t.Fatal(err)
	}
	mine, other := keyring.Opener{Identity: at("mine")}, keyring.Opener{Identity: at("other")}
	none := keyring.Opener{}
	if err := none.Seal(at("sent.age"), values, recipient); err != nil {
		t.Fatal(err)
	}
	if err := mine.Seal(at("own.age"), values); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{at("sent.age"), at("own.age")} {
		got, err := mine.Open(file)
		if b, _ := got.Get("B"); err != nil || b.Reveal() != "2\n3" || !slices.Equal(got.Names(), []string{"A", "B"}) {
			t.Errorf("%s holds %v, %v", file, got, err)
		}
		if _, err := other.Open(file); err == nil || !strings.Contains(err.Error(), "sealed for another identity") {
			t.Errorf("another identity opens %s: %v", file, err)
		}
		if _, err := none.Open(file); err != keyring.ErrNothing {
			t.Errorf("nothing opens %s: %v", file, err)
		}
		if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	damaged(t, &mine, at("own.age"))
	if left, _ := filepath.Glob(at(".sealing-*")); len(left) > 0 {
		t.Errorf("it leaves %s", left)
	}
}

// damaged changes an encrypted file, which is refused then.
func damaged(t *testing.T, o *keyring.Opener, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 10, len(data) / 2, len(data) - 40} {
		if err := os.WriteFile(path, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(path); err == nil {
			t.Errorf("%d bytes of %d are opened", cut, len(data))
		}
	}
}

// TestWith puts keys in the place of those of their names.
func TestWith(t *testing.T) {
	a, _ := keyring.Parse("A=1\nB=2")
	b, _ := keyring.Parse("B=3\nC=4")
	all := a.With(b)
	if got, _ := all.Get("B"); got.Reveal() != "3" || !slices.Equal(all.Names(), []string{"A", "B", "C"}) {
		t.Errorf("they are %q", all.Names())
	}
	if _, ok := all.Get("D"); ok {
		t.Error("there is a key of another name")
	}
}
