package servertest

import (
	"errors"
	"os"
	"path/filepath"
)

// Root is the top of the checkout in which the tests run.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "src/main.ts")); err == nil {
			return folder, nil
		}
	}
	return "", errors.New("not in a checkout: no src/main.ts here or above")
}

// Missing tells what keeps this machine from starting a server; empty when nothing does.
func Missing() string {
	root, err := Root()
	if err != nil {
		return err.Error()
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules/.bin/node")); err != nil {
		return "run `npm ci` first: " + err.Error()
	}
	return ""
}
