package barfile_test

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/internal/barfile"
)

func TestReadText(t *testing.T) {
	plain, packed := filepath.Join(t.TempDir(), "a.json"), filepath.Join(t.TempDir(), "a.json.gz")
	if err := os.WriteFile(plain, []byte(`{"symbols":[]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	z.Write([]byte(`{"symbols":[]}`))
	if z.Close() != nil || f.Close() != nil {
		t.Fatal("cannot write")
	}
	for _, path := range []string{plain, packed} {
		if b, err := barfile.ReadText(path, 14); err != nil || string(b) != `{"symbols":[]}` {
			t.Errorf("%s: %q, %v", path, b, err)
		}
		if _, err := barfile.ReadText(path, 13); err == nil || !strings.HasPrefix(err.Error(), path+": it holds more than 13 bytes") {
			t.Error(err)
		}
	}
	if _, err := barfile.ReadText(plain+"x", 14); err == nil {
		t.Error("a file that is not there was read")
	}
}
