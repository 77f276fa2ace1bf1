package keyring

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxSize bounds a file of keys, in bytes.
const maxSize = 1 << 20

// The permissions that a file of a key may not give.
const (
	// ByOwner lets its owner alone read it: mode 0600.
	ByOwner fs.FileMode = 0o077
	// ByGroup is for systemd's credentials, whose group bits stand for one user of a list.
	ByGroup fs.FileMode = 0o007
)

// ReadFile returns what a file of a key holds. It follows links, and refuses a file that
// gives one of the refused permissions, and one in a directory where everybody may put
// another in its place. Errors do not repeat a path that names no file: it may be the key.
func ReadFile(path string, refused fs.FileMode) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nameless(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nameless(err)
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil { // of what is read, whatever the name leads to by now
		return nil, nameless(err)
	}
	if mode := info.Mode().Perm(); mode&refused != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("the file %s of a key has mode %04o, so that others may read it: chmod 600 %[1]s", path, mode)
	}
	if err := guarded(path); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if len(data) > maxSize {
		return nil, fmt.Errorf("the file %s is too long for keys", path)
	}
	return data, err
}

// nameless leaves the path out of an error.
func nameless(err error) error {
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// guarded refuses a path below a directory that everybody may write to.
func guarded(path string) error {
	for dir, mode := range above(path) {
		if mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0 {
			return fmt.Errorf("everybody may put another file in the place of %s, since the directory %s has mode %04o: chmod o-w %[2]s", path, dir, mode.Perm())
		}
	}
	return nil
}

// Loose names the directories above a file to which a group may write: its members could put
// another in its place.
func Loose(path string) (dirs []string) {
	for dir, mode := range above(path) {
		if mode.Perm()&0o020 != 0 && mode&fs.ModeSticky == 0 {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// above yields the directories above a path, and those above what it leads to.
func above(path string) func(yield func(string, fs.FileMode) bool) {
	return func(yield func(string, fs.FileMode) bool) {
		at, err := filepath.Abs(path)
		if err != nil || runtime.GOOS == "windows" {
			return
		}
		starts := []string{at}
		if leads, err := filepath.EvalSymlinks(at); err == nil && leads != at {
			starts = append(starts, leads)
		}
		seen := map[string]bool{}
		for _, at := range starts {
			for dir := filepath.Dir(at); !seen[dir]; dir = filepath.Dir(dir) {
				seen[dir] = true
				if info, err := os.Stat(dir); err == nil && !yield(dir, info.Mode()) {
					return
				}
			}
		}
	}
}
