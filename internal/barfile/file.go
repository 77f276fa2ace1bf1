package barfile

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/signalman-trading/signalman/market"
)

// WriteFile writes bars to a file, compressed where its name ends in .gz or .zst;
// see [Write]. The file appears whole or not at all, and replaces one that is there.
func WriteFile(path string, c *market.Columns) error {
	return Replace(path, func(w io.Writer) error { return Write(w, c) })
}

// Replace writes a new file beside path, compressed where the name ends in .gz or .zst,
// which then takes its place: the file appears whole or not at all. A link is followed;
// what is no ordinary file is left alone. What a killed Replace of the same path left an
// hour ago or before is removed.
func Replace(path string, write func(io.Writer) error) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return &market.Error{Class: market.Usage, Where: path, Err: errors.New("it is not an ordinary file"), Hint: "name a file to write to"}
		}
		mode = info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return fileError(path, err)
		}
	}
	pattern := "." + filepath.Base(path) + ".*.tmp"
	sweep(filepath.Dir(path), pattern)
	f, err := os.CreateTemp(filepath.Dir(path), pattern)
	if err != nil {
		return fileError(path, err)
	}
	err = fill(f, path, mode, write)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// abandoned is how long nobody wrote to a file that nobody will end any more.
const abandoned = time.Hour

// sweep removes what a killed Replace left. It does what it can: it is not needed.
func sweep(dir, pattern string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if fits, _ := filepath.Match(pattern, e.Name()); !fits {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandoned {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// fill writes the content of f and makes it durable.
func fill(f *os.File, path string, mode fs.FileMode, write func(io.Writer) error) error {
	w, err := compressor(f, path)
	if err != nil {
		return err
	}
	if err := write(w); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	return f.Sync()
}

// compressor packs what is written as the name of the file asks.
func compressor(w io.Writer, path string) (io.WriteCloser, error) {
	switch filepath.Ext(path) {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	case ".zip", ".xz", ".bz2":
		return nil, &market.Error{Class: market.Usage, Err: fmt.Errorf("%s files are not written", filepath.Ext(path)), Hint: "name it .csv, .csv.gz or .csv.zst"}
	}
	return nopCloser{w}, nil
}

type nopCloser struct{ io.Writer }

// Close does nothing: the file is closed by its owner.
func (nopCloser) Close() error { return nil }

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
