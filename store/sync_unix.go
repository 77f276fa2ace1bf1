//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import "os"

// syncDir brings the entries of a directory to disk.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
