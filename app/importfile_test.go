package app_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/app"
)

// TestZipOfAnother: a zip that is called as something else than the file in it is not
// stored under either name, unless flags say which.
func TestZipOfAnother(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "AAAUSDT-1h.zip")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("inner/BBBUSDT-1h.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("1609459200000,10,12,9,11,1\n1609462800000,10,12,9,11,1\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := app.Run(t.Context(), app.Default(), []string{"data", "import", path, "--data", dir}, &out, &errs); code != 3 || !strings.Contains(errs.String(), "the name of something else: inner/BBBUSDT-1h.csv; say what it is with --symbol") {
		t.Errorf("code %d: %s%s", code, &out, &errs)
	}
	if code := app.Run(t.Context(), app.Default(), []string{"data", "import", path, "--data", dir, "--symbol", "BBBUSDT"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "BBBUSDT 1h, 2 bars: 2 new") {
		t.Errorf("code %d: %s%s", code, &out, &errs)
	}
}
