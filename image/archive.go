package main

import (
	"archive/tar"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// writeArchive writes an OCI image layout, and manifest.json beside it: `docker load`, `kind load` and older tools read
// that one, containerd and skopeo the layout.
func writeArchive(image v1.Image, tag name.Tag, output string) error {
	folder, err := os.MkdirTemp("", "dialplane-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	index, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	// The second annotation is OCI's, a tag only; the first is containerd's and has the whole name.
	annotations := map[string]string{
		"io.containerd.image.name":          fullName(tag),
		"org.opencontainers.image.ref.name": tag.TagStr(),
	}
	if err := index.AppendImage(image, layout.WithAnnotations(annotations)); err != nil {
		return err
	}
	if err := writeDockerManifest(image, tag, filepath.Join(folder, "manifest.json")); err != nil {
		return err
	}
	file, err := os.Create(output)
	if err != nil {
		return err
	}
	defer file.Close()
	archive := tar.NewWriter(file)
	if err := addFolder(archive, folder); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return file.Close()
}

func writeDockerManifest(image v1.Image, tag name.Tag, path string) error {
	config, err := image.ConfigName()
	if err != nil {
		return err
	}
	layers, err := image.Layers()
	if err != nil {
		return err
	}
	descriptor := tarball.Descriptor{Config: blob(config), RepoTags: []string{fullName(tag)}}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			return err
		}
		descriptor.Layers = append(descriptor.Layers, blob(digest))
	}
	text, err := json.Marshal(tarball.Manifest{descriptor})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// fullName is how the kubelet asks for the image. The library calls Docker's registry by its host.
func fullName(tag name.Tag) string {
	return strings.Replace(tag.Name(), name.DefaultRegistry+"/", "docker.io/", 1)
}

func blob(digest v1.Hash) string {
	return "blobs/" + digest.Algorithm + "/" + digest.Hex
}

// addFolder adds the files in the order of their names, with nothing of this machine in their headers.
func addFolder(archive *tar.Writer, folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: name, Mode: 0o644, Typeflag: tar.TypeReg, ModTime: time.Unix(0, 0)}
		if entry.IsDir() {
			header.Name, header.Mode, header.Typeflag = name+"/", 0o755, tar.TypeDir
			return archive.WriteHeader(header)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		header.Size = int64(len(data))
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err = archive.Write(data)
		return err
	})
}
