package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const reference = "registry.example/voice/dialplane:1.2.3"

// write packs the test itself, which is static without cgo.
func write(t *testing.T, binary string) (string, error) {
	t.Helper()
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(t.TempDir(), "image.tar")
	return output, run([]string{
		"--binary", binary, "--certificates", text, "--license", text, "--version", "1.2.3",
		"--reference", reference, "--output", output,
	})
}

func packed(t *testing.T) string {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	output, err := write(t, own)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

func TestTheDockerArchiveIsValid(t *testing.T) {
	tag, err := name.NewTag(reference)
	if err != nil {
		t.Fatal(err)
	}
	image, err := tarball.ImageFromPath(packed(t), &tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Fatal(err)
	}
}

func TestTheLayoutIsValid(t *testing.T) {
	folder := t.TempDir()
	if said, err := exec.Command("tar", "-xf", packed(t), "-C", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 || manifest.Manifests[0].Annotations["io.containerd.image.name"] != reference {
		t.Fatalf("%+v", manifest)
	}
}

func TestAShortNameIsTheOneThatTheKubeletAsksFor(t *testing.T) {
	for short, full := range map[string]string{
		"dialplane:dev":       "docker.io/library/dialplane:dev",
		"voice/dialplane:dev": "docker.io/voice/dialplane:dev",
		reference:             reference,
	} {
		tag, err := name.NewTag(short)
		if err != nil {
			t.Fatal(err)
		}
		if found := fullName(tag); found != full {
			t.Errorf("%s became %s", short, found)
		}
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	first, err := os.ReadFile(packed(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(packed(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Fatal("two images of one binary differ")
	}
}

func TestWhatCannotRunOnAnEmptyBaseIsRefused(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	output, err := write(t, shell)
	if err == nil || !strings.Contains(err.Error(), "is not static") {
		t.Fatalf("a program with libraries: %v", err)
	}
	if _, err := os.Stat(output); err == nil {
		t.Fatal("an image was left behind")
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	if _, err := write(t, shell); err == nil || !strings.Contains(err.Error(), "SOURCE_DATE_EPOCH") {
		t.Fatalf("a date that is none: %v", err)
	}
}
