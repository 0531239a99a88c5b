package docs_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/chatapi/chatapi"

// proxy is a folder from which `go get` takes this checkout as a released version.
func proxy(t *testing.T, version string) string {
	t.Helper()
	folder := t.TempDir()
	versions := filepath.Join(folder, modulePath, "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	goMod, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"list":            version + "\n",
		version + ".info": `{"Version": "` + version + `", "Time": "2026-01-01T00:00:00Z"}`,
		version + ".mod":  string(goMod),
	} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := zipModule(root(t), filepath.Join(versions, version+".zip"), modulePath+"@"+version+"/"); err != nil {
		t.Fatal(err)
	}
	return folder
}

// zipModule packs what the go command makes of a tag of the repository: all of it but folders that are modules of their own, so
// that a name which no module may have shows here.
func zipModule(root, target, prefix string) error {
	names, err := files(root)
	if err != nil {
		return err
	}
	nested := nestedModules(names)
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	for _, name := range names {
		if slices.ContainsFunc(nested, func(folder string) bool { return strings.HasPrefix(name, folder) }) {
			continue
		}
		if info, err := os.Lstat(filepath.Join(root, name)); err != nil || !info.Mode().IsRegular() {
			continue // deleted and not yet committed, or a link, which modules leave out
		}
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		entry, err := archive.Create(prefix + name)
		if err != nil {
			return err
		}
		if _, err := entry.Write(content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// nestedModules are the folders, with a slash at the end, that have a go.mod below the top.
func nestedModules(names []string) []string {
	var folders []string
	for _, name := range names {
		if folder, isNested := strings.CutSuffix(name, "/go.mod"); isNested {
			folders = append(folders, folder+"/")
		}
	}
	return folders
}

// files are those that are committed, and the Go files that are about to be.
func files(root string) ([]string, error) {
	var names []string
	for _, args := range [][]string{{"--cached"}, {"--others", "--exclude-standard", "clients/go", "gen/go"}} {
		list := exec.Command("git", append([]string{"ls-files", "-z"}, args...)...)
		list.Dir = root
		output, err := list.Output()
		if err != nil {
			return nil, err
		}
		for name := range strings.SplitSeq(string(output), "\x00") {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// environment is that of a user who never installed anything: dependencies come from what this machine has downloaded
// before, else from where it downloads.
func environment(t *testing.T, proxy, server string) []string {
	t.Helper()
	output, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	downloads, ordinary, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	return append(os.Environ(),
		"GOPROXY=file://"+proxy+",file://"+filepath.ToSlash(downloads)+"/cache/download,"+ordinary,
		"GOMODCACHE="+t.TempDir(),
		"GOFLAGS=-modcacherw -p=1",
		"GONOSUMDB=*", // no release of this module is in the database
		"GOWORK=off",
		"CHATAPI_ADDRESS="+server,
	)
}
