package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatapi/chatapi/clients/go/internal/servertest"
)

// Follow the page, in an empty folder and with an empty module cache, and get what it shows.

func TestTheStartWorksFromACheckout(t *testing.T) {
	folder := t.TempDir()
	if err := os.Symlink(root(t), filepath.Join(folder, "chatapi")); err != nil {
		t.Fatal(err)
	}
	server := servertest.New(t)
	follow(t, folder, page(t)["sh"][0], environment(t, t.TempDir(), server.GRPC))
}

func TestTheStartWorksAsReleased(t *testing.T) {
	server := servertest.New(t)
	user := environment(t, proxy(t, "v0.1.0"), server.GRPC)
	versionIsTold(t, follow(t, t.TempDir(), page(t)["sh"][1], user), user)
}

// follow makes a module in the folder by the commands, runs the program of the page in it, and returns where it is.
func follow(t *testing.T, folder, commands string, user []string) (module string) {
	t.Helper()
	blocks := page(t)
	if output, err := runIn(folder, user, "sh", "-ec", commands); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	module = filepath.Join(folder, "plugin")
	if err := os.WriteFile(filepath.Join(module, "main.go"), []byte(blocks["go"][0]), 0o644); err != nil {
		t.Fatal(err)
	}
	output, err := runIn(module, user, "go", "run", ".")
	if err != nil || output != blocks["text"][0] {
		t.Fatalf("%v, got\n%s\nwant\n%s", err, output, blocks["text"][0])
	}
	if output, err := runIn(module, user, "go", "vet", "."); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return module
}

// versionIsTold checks that a built program knows the version of the module, which is the one in the user agent.
func versionIsTold(t *testing.T, module string, user []string) {
	t.Helper()
	if output, err := runIn(module, user, "go", "build", "-o", "plugin", "."); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, err := runIn(module, user, "go", "version", "-m", "plugin")
	if err != nil || !strings.Contains(output, "dep\tgithub.com/chatapi/chatapi\tv0.1.0") {
		t.Fatalf("%v\n%s", err, output)
	}
	if strings.Contains(output, "yaml") || strings.Contains(output, "buf.build") {
		t.Errorf("the program holds what only tests or the server need:\n%s", output)
	}
}

func runIn(folder string, environment []string, command string, args ...string) (string, error) {
	c := exec.Command(command, args...)
	c.Dir = folder
	c.Env = environment
	var stdout, stderr strings.Builder
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if err != nil {
		return stdout.String() + stderr.String(), err
	}
	return stdout.String(), nil
}
