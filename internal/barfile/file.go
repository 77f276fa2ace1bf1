package barfile

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/signalman-trading/signalman/internal/filelock"
	"github.com/signalman-trading/signalman/market"
)

// WriteFile writes bars to a file, compressed where its name ends in .gz or .zst;
// see [Write]. The file appears whole or not at all, and replaces one that is there.
func WriteFile(path string, c *market.Columns) error {
	return Replace(path, func(w io.Writer) error { return Write(w, c) })
}

// Replace writes a new file beside path, compressed where the name ends in .gz or .zst,
// which then takes its place: the file appears whole or not at all. A link is followed;
// what is no ordinary file, or a way to an open one such as /dev/stdout, is left alone.
// What a killed Replace of the same path left is removed.
func Replace(path string, write func(io.Writer) error) error {
	path, err := target(path)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return notOrdinary(path)
		}
		mode = info.Mode().Perm()
	}
	f, err := create(path)
	if err != nil {
		return err
	}
	sweep(path, f.Name())
	if err = fill(f, path, mode, write); err == nil && runtime.GOOS != "windows" {
		err = os.Rename(f.Name(), path) // while it is held
	}
	err = errors.Join(err, f.Close())
	if err == nil && runtime.GOOS == "windows" {
		err = os.Rename(f.Name(), path) // which renames no open file
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

func notOrdinary(path string) error {
	return &market.Error{Class: market.Usage, Where: path, Err: errors.New("it is not an ordinary file"), Hint: "name a file to write to"}
}

// maxLinks bounds the links that are followed to a file.
const maxLinks = 40

// target follows links to the file that path stands for, there or not. Files of /dev and
// /proc are refused: what is open already must not be replaced behind its owner's back.
func target(path string) (string, error) {
	if path == "-" {
		return "", notOrdinary(path)
	}
	at := path
	for range maxLinks {
		dir, err := filepath.EvalSymlinks(filepath.Dir(at))
		if err == nil {
			dir, err = filepath.Abs(dir)
		}
		if err != nil {
			return "", fileError(filepath.Dir(path), err)
		}
		if within(dir, "/proc") || within(dir, "/dev") && !within(dir, "/dev/shm") {
			return "", notOrdinary(path)
		}
		link, err := os.Readlink(at)
		switch {
		case err != nil:
			return at, nil
		case filepath.IsAbs(link):
			at = link
		default:
			at = filepath.Join(dir, link)
		}
	}
	return "", notOrdinary(path)
}

func within(dir, top string) bool { return dir == top || strings.HasPrefix(dir, top+"/") }

// create makes the file to write, beside path, and holds it as long as it is open.
func create(path string) (*os.File, error) {
	for {
		f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
		if err != nil {
			return nil, fileError(path, err)
		}
		err = filelock.Take(f)
		if there, e := os.Stat(f.Name()); e == nil && !errors.Is(err, filelock.ErrHeld) {
			if own, e := f.Stat(); e == nil && os.SameFile(there, own) {
				return f, nil // also where there are no locks
			}
		}
		f.Close() // another process took it for one that was left
	}
}

// sweep removes what a killed Replace of path left: what nobody holds. It does what it
// can: it is not needed. Where locks are without effect, as that on the own new file
// shows, it removes nothing.
func sweep(path, own string) {
	if removeFree(own, false) {
		return
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, "."+filepath.Base(path)+".") && strings.HasSuffix(name, ".tmp") && e.Type().IsRegular() {
			removeFree(filepath.Join(filepath.Dir(path), name), true)
		}
	}
}

// removeFree reports whether nobody holds a file, and removes it then if it is asked to.
func removeFree(name string, remove bool) bool {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	free := filelock.Take(f) == nil
	if free && remove {
		os.Remove(name) // while it is held
	}
	f.Close()
	if free && remove && runtime.GOOS == "windows" {
		os.Remove(name) // which removes no open file
	}
	return free
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
