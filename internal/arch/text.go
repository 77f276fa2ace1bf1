package arch

import (
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
)

// leak is a pattern that must not stand in the repository.
type leak struct {
	pattern *regexp.Regexp
	why     string
	real    func(match string) bool // false for what only looks like it; nil: always real
}

// leaks returns the patterns: paths of somebody's machine, and keys.
func leaks() []leak {
	return []leak{
		{regexp.MustCompile(`(?:^|[^\w./~-])/(?:root|work|home|Users)/`), "a path of one machine", nil},
		{regexp.MustCompile(`[A-Z]:\\Users\\`), "a path of one machine", nil},
		{regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{32}`), "a private key", nil},
		{regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`), "an access key of a cloud", nil},
		{regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36}\b`), "an access token of a code host", nil},
		{regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{24,}\b`), "an API key", varied},
		{regexp.MustCompile(`\btm-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`), "a Token Metrics key", varied},
		{regexp.MustCompile(`\b[A-Za-z0-9]{64}\b`), "a Binance key", mixed},
	}
}

// varied reports whether a match has too many different characters for a made-up
// key such as tm-00000000.
func varied(match string) bool {
	runes := []rune(match)
	slices.Sort(runes)
	return len(slices.Compact(runes)) > 9
}

// mixed tells a key of upper case, lower case and digits from a hexadecimal hash.
func mixed(match string) bool {
	return strings.ToLower(match) != match && strings.ToUpper(match) != match &&
		strings.ContainsAny(match, "0123456789") && varied(match)
}

// checkText finds leaks in the text of a file. Public values may stand anywhere.
func checkText(name, text string, public []string) []finding {
	var found []finding
	for _, l := range leaks() {
		for _, span := range l.pattern.FindAllStringIndex(text, -1) {
			match := text[span[0]:span[1]]
			if slices.Contains(public, match) || l.real != nil && !l.real(match) {
				continue
			}
			line := 1 + strings.Count(text[:span[1]-1], "\n")
			found = append(found, finding{fmt.Sprintf("%s:%d", name, line), "looks like " + l.why})
		}
	}
	return found
}

// checkNotes finds comments that put work off.
func (t *tree) checkNotes() []finding {
	var found []finding
	pattern := regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME)\b`)
	for _, s := range t.sources {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if word := pattern.FindString(c.Text); word != "" {
					found = append(found, t.at(c.Pos(), "%s: do it, or leave it out", word))
				}
			}
		}
	}
	return found
}

// written returns the files of the repository at root that people write by hand as
// text: those that git has or would add; without git, all that lie there.
func written(root string, fsys fs.FS) ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	var names []string
	if out, err := cmd.Output(); err == nil {
		names = strings.Split(strings.Trim(string(out), "\x00"), "\x00")
	} else if err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	}); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool {
		_, err := fs.Stat(fsys, name) // deleted, but not yet in a commit
		return err != nil || !isText(name)
	}), nil
}

func isText(name string) bool {
	extensions := []string{".md", ".go", ".toml", ".yml", ".yaml", ".sh", ".txtar", ".tmpl", ".service"}
	return slices.Contains(extensions, path.Ext(name)) || strings.HasPrefix(name, ".ci/")
}
