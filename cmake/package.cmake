# The Debian package, made by CPack: `script/package`. What it holds besides the program: manual pages and
# completions (made by the program itself), the standard library, documents, examples and the unit at boot.
# script/package writes its pages where an installation takes them from, so that no build is configured anew.
set(pages ${PROJECT_BINARY_DIR}/package/pages)
install(DIRECTORY ${pages}/man1 DESTINATION share/man OPTIONAL)
install(FILES ${pages}/backstay.bash RENAME backstay DESTINATION share/bash-completion/completions OPTIONAL)
install(FILES ${pages}/_backstay DESTINATION share/zsh/vendor-completions OPTIONAL)
install(FILES ${pages}/backstay.fish DESTINATION share/fish/vendor_completions.d OPTIONAL)
install(FILES ${pages}/changelog.gz ${pages}/copyright DESTINATION share/doc/backstay OPTIONAL)
install(FILES cmake/package/lintian-overrides RENAME backstay DESTINATION share/lintian/overrides)
install(DIRECTORY docs/prometheus DESTINATION share/backstay)
install(FILES README.md DESTINATION share/doc/backstay)
install(DIRECTORY docs DESTINATION share/doc/backstay PATTERN diagnostics EXCLUDE)
install(DIRECTORY examples DESTINATION share/doc/backstay USE_SOURCE_PERMISSIONS)
install(DIRECTORY editors/vim/ DESTINATION share/vim/vimfiles)
install(FILES cmake/package/backstay-recover.service DESTINATION lib/systemd/system)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Backstay <backstay@example.org>")
set(CPACK_PACKAGE_VENDOR Backstay)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What a restore by hand needs is needed; what only some plans use is recommended or suggested.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "tzdata, zstd")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openssh-client, systemd, sqlite3")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "age, curl, mariadb-client, mariadb-backup, postgresql-client, rclone, restic, rsync")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Operators write a small policy: services, databases, paths, what stays out and
why, how long to keep it. A compiler checks it, proves what can be proven and
builds a plan that is reviewed like code; a runtime carries out exactly that
plan: backup, dry run, or restore in the reverse order.

It knows OpenStack's control plane and protects any Linux service besides:
files, MariaDB, PostgreSQL and SQLite, units of systemd.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/cmake/package/postinst ${PROJECT_SOURCE_DIR}/cmake/package/prerm ${PROJECT_SOURCE_DIR}/cmake/package/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
