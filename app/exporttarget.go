package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// mayReplace refuses to write an export over the store or a journal, by whatever name.
func (c *command) mayReplace(path string) error {
	refuse := &market.Error{Class: market.Usage, Where: path, Err: errors.New("an export must not replace the store or a journal"), Hint: "name another file"}
	for _, name := range []string{path, followed(path)} {
		base := filepath.Base(name)
		if slices.Contains([]string{historyFile, liveFile}, base) || filepath.Ext(base) == store.JournalExt {
			return refuse
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil // there is nothing to replace
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	for _, pattern := range []string{"*.db", filepath.Join("sessions", "*")} {
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, own := range list {
			if there, err := os.Stat(own); err == nil && os.SameFile(there, info) {
				return refuse
			}
		}
	}
	return nil
}

// followed returns where a link leads, or the path itself.
func followed(path string) string {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		return to
	}
	return path
}
