package barfile_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/ulikunitz/xz"
)

func gz(t *testing.T, text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zst(t *testing.T, text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

func xzip(t *testing.T, text string) string {
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zipped makes a zip of name, content pairs.
func zipped(t *testing.T, files ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, files[i+1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompression(t *testing.T) {
	text := minutes(0, 1, 2, 5)
	want, err := read(text, barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	half := len(gz(t, text)) / 2
	greedy := []byte(xzip(t, text))
	greedy[12+2+2] = 40 // a window of 4 GiB
	for name, data := range map[string]string{
		"plain.csv.gz": text, // the name does not matter
		"a.gz":         gz(t, text), "members.gz": gz(t, text[:50]) + gz(t, text[50:]),
		"a.zst": zst(t, text), "a.xz": xzip(t, text), "a.zip": zipped(t, "x/", "", "x/a.CSV", text, "x/CHECKSUM", "1"), "mac.zip": zipped(t, "__MACOSX/x/._a.csv", "\x00\x05", "._a.csv", "\x00\x05", "x/a.csv", text),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := barfile.ReadFile(path, barfile.Options{})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
		got, err = barfile.Read(iotest.OneByteReader(strings.NewReader(data)), barfile.Options{})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
	const again = "; fetch or pack it again"
	for name, c := range map[string]struct{ data, want string }{
		"cut gzip":   {gz(t, text)[:half], "f.csv:1: the archive is damaged or cut short: unexpected EOF" + again},
		"gzip magic": {"\x1f\x8b", "f.csv: the archive is damaged or cut short: unexpected EOF" + again},
		"bad gzip":   {"\x1f\x8bxxxxxxxxxxxxxxxxxx", "f.csv: the archive is damaged or cut short: gzip: invalid header" + again},
		"cut zstd":   {zst(t, text)[:20], "f.csv:1: the archive is damaged or cut short: unexpected EOF" + again},
		"cut xz":     {xzip(t, text)[:60], "f.csv:1: the archive is damaged or cut short: unexpected EOF" + again},
		"greedy xz":  {string(greedy), "f.csv: the xz archive needs 4095 MiB of memory; unpack it first if it is what you expect"},
		"cut zip":    {zipped(t, "a.csv", text)[:60], "f.csv: the archive is damaged or cut short: zip: not a valid zip file" + again},
		"empty zip":  {zipped(t), "f.csv: the zip holds 0 .csv or .json files where 1 is expected; pack one file a zip"},
		"two files":  {zipped(t, "a.csv", text, "b.csv", text), "f.csv: the zip holds 2 .csv or .json files where 1 is expected; pack one file a zip"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.data, barfile.Options{})
			checkError(t, err, c.want)
		})
	}
}

func TestBomb(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	line := bytes.Repeat([]byte(strings.Repeat(" ", 1023)+"\n"), 1<<10)
	for range 80 {
		w.Write(line)
	}
	w.Close()
	_, err := read(b.String(), barfile.Options{SkipBad: true})
	if err == nil || !strings.Contains(err.Error(), "the archive grows to more than 64 MiB") {
		t.Errorf("error %v", err)
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken disk")
	r := io.MultiReader(strings.NewReader(minutes(0, 1)), iotest.ErrReader(broken))
	got, err := barfile.Read(r, barfile.Options{})
	checkError(t, err, "input:3: cannot read: broken disk")
	if !errors.Is(err, broken) || got.Columns.Len() != 2 {
		t.Errorf("%d rows, %v", got.Columns.Len(), err)
	}
	_, err = barfile.ReadFile("absent.csv", barfile.Options{})
	checkError(t, err, "absent.csv: cannot open: no such file or directory; check the path")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
	_, err = barfile.ReadFile(".", barfile.Options{})
	checkError(t, err, ".: this is a directory; check the path")
}
