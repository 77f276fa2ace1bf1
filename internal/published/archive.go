package published

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// An Archive hands out files.
type Archive interface {
	// Get returns where a file lies on this machine, and whether it was compared with its
	// checksum. Errors wrap [ErrMissing] where the archive does not have it; one of a wrong
	// checksum says what was expected and found. Get may be called again after an error.
	Get(ctx context.Context, f File) (path string, verified bool, err error)
	// Where names the place of a file for people: a path or an address.
	Where(f File) string
}

// ErrMissing is what an error wraps where a file is not in the archive.
var ErrMissing = errors.New("not published, or not yet")

// A Dir is a copy of the archive: the tree as it is published, from data/ or from below
// it, or files side by side, in one directory or in one for each [Kind].
type Dir struct {
	Path       string
	NoChecksum bool // do not look at checksums
}

// candidates are the paths that a file may have.
func (d *Dir) candidates(f File) []string {
	whole := filepath.FromSlash(f.Path())
	_, below, _ := strings.Cut(whole, string(filepath.Separator))
	return []string{
		filepath.Join(d.Path, whole), filepath.Join(d.Path, below),
		filepath.Join(d.Path, string(f.Kind), f.Name()), filepath.Join(d.Path, f.Name()),
	}
}

// Where implements [Archive].
func (d *Dir) Where(f File) string { return d.candidates(f)[0] }

// Get implements [Archive]. A file without a CHECKSUM beside it is not verified.
func (d *Dir) Get(ctx context.Context, f File) (string, bool, error) {
	if info, err := os.Stat(d.Path); err != nil || !info.IsDir() {
		return "", false, &market.Error{Class: market.Usage, Where: d.Path, Err: errors.New("there is no such directory"), Hint: "name a directory, or an address such as https://data.binance.vision"}
	}
	for _, path := range d.candidates(f) {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is no file", path)
		}
		if err != nil {
			return "", false, &market.Error{Class: market.Data, Err: err}
		}
		if d.NoChecksum {
			return path, false, nil
		}
		verified, err := verifyBeside(ctx, path)
		return path, verified, err
	}
	return "", false, fmt.Errorf("%s: %w", f.Name(), ErrMissing)
}

// verifyBeside compares a file with the CHECKSUM beside it, if there is one.
func verifyBeside(ctx context.Context, path string) (bool, error) {
	sum := path + ".CHECKSUM"
	f, err := os.Open(sum)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, &market.Error{Class: market.Data, Err: err}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxChecksum+1))
	if err != nil {
		return false, &market.Error{Class: market.Data, Where: sum, Err: err}
	}
	want, err := ParseChecksum(b, filepath.Base(path))
	if err != nil {
		return false, badChecksum(sum, err)
	}
	return true, verify(ctx, path, want)
}

func badChecksum(where string, err error) error {
	return &market.Error{Class: market.Data, Where: where, Err: err, Hint: "fetch it again, or take the file as it is with --no-checksum"}
}
