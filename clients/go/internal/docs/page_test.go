// Package docs_test holds docs/clients/go.md to what it promises.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chatapi/chatapi/clients/go/internal/servertest"
)

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// page is the code on the page, by its language, in order.
func page(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "docs/clients/go.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string][]string{}
	for _, match := range fence.FindAllStringSubmatch(string(text), -1) {
		blocks[match[1]] = append(blocks[match[1]], match[2])
	}
	return blocks
}

func root(t *testing.T) string {
	t.Helper()
	folder, err := servertest.Root()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestSnippetsStandInExamplesThatRun(t *testing.T) {
	var examples strings.Builder
	paths, err := filepath.Glob(filepath.Join(root(t), "clients/go/example*_test.go"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		examples.Write(text)
	}
	snippets := page(t)["go"][1:] // the first one is the program
	if len(snippets) < 5 {
		t.Fatalf("only %d snippets are found", len(snippets))
	}
	for _, snippet := range snippets {
		if !strings.Contains(examples.String(), indented(snippet)) {
			t.Errorf("no example has this:\n%s", snippet)
		}
	}
}

func indented(snippet string) string {
	lines := strings.SplitAfter(strings.TrimRight(snippet, "\n"), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) != "" {
			lines[i] = "\t" + line
		}
	}
	return strings.Join(lines, "")
}
