# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts of code that runs on targets, in Chinese.

Their ids are those of ``host_en``. Targets do without them.
"""

from __future__ import annotations

TEXTS = {
    # Of code that runs on targets: options.
    "option.at": "{where}：{msg}",
    "option.command": "{option} 不是有效的命令：{error}。",
    "option.validate": "validate 必须包含 %s，它会被替换为新版本的文件夹。",
    "option.keep": "keep 为 {keep}。它必须是 2 或更大，以便能够回退。",
    "option.no_certificate": "{path}：certificate 缺少或为空。状态 present 需要它。",
    "option.no_record": "{path}：缺少 record。状态 recorded 需要它。",
    "option.reload_command": "{path}：reload_command 只用于状态 present、recorded 或 rolled_back。",
    "option.reload_timeout": "reload_timeout 为 {seconds}。它必须是 1 秒或更长。",
    "option.served_at": "{path}：served_at 需要 reload_command 或状态 recorded。",
    "option.address": "served_at {address!r} 应形如 127.0.0.1:8443。",
    "option.mode": "mode 必须是八进制（例如 '0640'）或符号形式（例如 'u=rw,g=r'），不能是 {mode!r}。",
    "option.no_account": "{option}：该主机上没有 {name!r}。请创建它，或更正名称。",
    "option.no_group": "trusted_groups（角色的 wotrus_trusted_groups）：该主机上没有用户组 {name!r}。",
    "option.storage": "key.storage 必须是 {choices} 之一，不能是 {storage!r}。",
    "option.key_type": "key.type 必须是 RSA 或 ECC，不能是 {type!r}。",
    "option.no_common_name": "{path}：缺少 subject.common_name。CSR 需要它。",
    "option.no_key_content": "key.storage 为 provided，但缺少 key.content。请把它设为私钥。",
    "option.no_key_command": "{path}：缺少 {option}。存储方式 external 需要它。",
    "option.no_pkcs11": "{path}：缺少 key.pkcs11。存储方式 pkcs11 需要它。",
    "option.pkcs11_path": "key.pkcs11.{option} 必须是主机上的绝对路径，不能是 {path!r}。",
    "option.pkcs11_pin": "key.pkcs11.pin 为空。请给出令牌设备的用户 PIN。",
    "option.pkcs11_id": "key.pkcs11.id 必须是 1 到 8 字节的十六进制，例如 '0a1b'，不能是 {id!r}。",
    "option.pkcs11_text": "key.pkcs11.{option} 为空，或含有控制字符。",
    "option.import_content": "{path}：key.import_from 需要 key.storage 为 host，且没有 key.content。",
    "option.import_storage": "{path}：key.import_from 需要 key.storage 为 host，而它是 {storage}。",
    "option.import_relative": "key.import_from 必须是绝对路径，不能是 {path!r}。",
    "option.file_of_key": "{option} 需要私钥，而私钥不在主机上。请去掉该选项。",
    "option.password_of_pkcs12": "pkcs12.password 为空。该文件含有私钥，请设置密码。",
    "option.pkcs12_mode": "pkcs12.mode 必须是八进制，且不给其他用户权限，例如 '0640'，不能是 {mode!r}。",
    "option.password": "{path}：ukey_password 为空。请设置它，或去掉它以自动生成。",
    "option.password_length": "ukey_password_length 为 {length}。它必须是 {least} 到 {most} 个字符。",
    "option.password_alphabet": "ukey_password_alphabet 必须有至少 {least} 个不同的字符，且不含空格或其他不可见字符。",
    "option.password_differs": (
        "{path} 中的密码与 ukey_password 不同，待签发的订单可能已用该密码发送。在那个 UKey 到达之前，请去掉 "
        "ukey_password。"
    ),
    "option.operation": "record.operation 是 {choices} 之一，不能是 {operation!r}。",
    "option.secret": "record.definition 不得含有机密。请去掉 {name}。",
    "option.dictionary": "record.definition.{name} 必须是字典。",
    # Paths.
    "path.control_characters": "路径 {path!r} 含有控制字符。",
    "path.relative": "路径 {path!r} 是相对路径。请写绝对路径。",
    "path.dots": "路径 {path!r} 不得包含 '..'。",
    "path.root": "证书的路径不能是根目录。",
    "path.link": "{path} 是符号链接，不是本集合的文件。请把它移走。",
    "path.no_file": "{path} 不是普通文件。请把它移走。",
    "path.directory_link": "{path} 是符号链接。请把它移走，因为本集合的目录使用这个名称。",
    "path.no_directory": "{path} 不是目录。请把它移走，因为本集合的目录使用这个名称。",
    "path.no_link": "{path} 不是符号链接。请把它移走，因为指向当前版本的链接使用这个名称。",
    "path.live_target": "{path} 指向 {target!r}，那不是一个版本。请删除该链接。",
    "path.release_name": "版本的名称必须是十六进制，不能是 {name!r}。",
    "path.links": "{path} 经过了 {most} 个以上的符号链接。",
    "path.owner": "{path} 属于用户 ID {user}，该用户可以替换本集合的文件。请把其所有者改为 root，或以该用户运行任务。",
    "path.link_owner": (
        "符号链接 {path} 属于用户 ID {user}，该用户可以替换本集合的文件。请把其所有者改为 root，或以该用户运行任务。"
    ),
    "path.others": "其他用户可以写入 {path}，因而可以替换本集合的文件。请运行 'chmod go-w {path}'。",
    "path.group": "用户组 ID {group} 可以写入 {path}，其成员可以替换本集合的文件。请运行 'chmod g-w {path}'。",
    "path.group_above": (
        "用户组 ID {group} 可以写入 {path}，其成员可以替换本集合的文件。请运行 'chmod g-w {path}'，或在 "
        "trusted_groups（角色的 wotrus_trusted_groups）中写明该组。"
    ),
    "path.acl_user": (
        "按访问控制列表，用户 ID {user} 可以写入 {path}，因而可以替换本集合的文件。请运行 'setfacl -x u:{user} {path}"
        "'。"
    ),
    "path.acl_unreadable": "无法读取 {path} 的访问控制列表：{error}。请运行 'chmod g-w {path}'，使它不给任何人写权限。",
    "path.acl_unknown": "{path} 的访问控制列表属于未知类型。请运行 'chmod g-w {path}'，使它不给任何人写权限。",
    # The files of a certificate.
    "store.failed": "{path}：{error}。",
    "store.not_writable": (
        "{path}：{error}。用户 ID {user} 无权执行此操作。请用 'become: true' 运行任务，或另选目录（角色的 "
        "wotrus_base_dir）。"
    ),
    "store.read_only": "{path}：{error}。文件系统是只读的。请另选目录（角色的 wotrus_base_dir）。",
    "store.no_space": "{path}：{error}。请在文件系统上腾出空间，然后重新运行。当前使用的版本没有改变。",
    "store.quota": "{path}：{error}。请提高配额，然后重新运行。当前使用的版本没有改变。",
    "store.no_directory": "{path}：{error}。路径中的某一部分是文件，而不是目录。",
    "store.no_locks": "{path}：{error}。该文件系统没有锁。请选择本地文件系统上的目录。",
    "store.ansible": "{msg}",
    "store.locked": "{path} 被另一次运行锁定，等待时间已用尽。",
    "store.locked_longer": "{path} 被另一次运行锁定，等待时间已用尽。若要等待更久，请调大 lock_timeout。",
    "store.conflict": "本次运行读取 {path} 之后，另一次运行或有人更改了它。请重新运行，以重新计划。",
    "store.removed": "{path} 被另一次运行删除。请重新运行。",
    "store.large_file": "{path} 有 {size} 字节，大于本集合的任何文件。请把它移走。",
    "store.foreign_files": "{path} 中有不属于本集合的文件。请把它们移走。",
    "store.not_removed": "没有删除 {path}，因为其中有不属于本集合的文件。",
    "store.no_certificate": "缺少 {path}。",
    "store.key_unusable": "{path}：{why}请从备份恢复，或把它移走以生成新密钥。",
    "store.record_newer": "{path} 不可用：{error}。没有写入任何内容。请把本集合升级到该主机上其他运行所用的版本。",
    "store.record_unreadable": (
        "{path} 不可用：{error}。请从备份恢复，或把它移走。之后会写入新记录，并按订单名沿用订单，不会重复付费。"
    ),
    "store.file_differs": "{path} 与所写入的内容不同。请检查文件系统。",
    "store.after_switch": "切换之后，{error}。",
    "store.key_differs": "{path}：该密钥不是证书的密钥。",
    "store.key_damaged": "{path}：用该密钥所做的签名无法用证书验证，尽管两者的公钥相同。密钥已损坏。",
    "store.token_damaged": "{path}：用该密钥所做的签名无法用证书验证，尽管两者的公钥相同。请检查令牌设备。",
    # Deployments.
    "deploy.several": "{number} 张证书中有 {failed} 张失败。{msg}",
    "deploy.not_deployed": "{option}：{why}没有部署任何内容。",
    "deploy.same_serial_number": "{path} 中有另一张序列号相同的证书，由 {issuer} 签发。若不再需要，请把它移走。",
    "deploy.no_directory": "{path} 不存在，因此没有该证书的密钥。请先运行状态 prepared，并用它返回的 CSR 下单。",
    "deploy.key_mismatch": (
        "{path}：序列号为 {serial_number} 的证书属于另一把密钥（SHA-256 {key}），不属于 pending/ 和 releases/ 中 "
        "{number} 把可用的密钥。没有部署任何内容。若其密钥已丢失，请为待签发的密钥重新颁发该订单。"
    ),
    "deploy.key_mismatch_in_hardware": (
        "{path}：序列号为 {serial_number} 的证书属于另一把密钥（SHA-256 {key}），不属于令牌设备中该证书的 {number} 把"
        "密钥。没有部署任何内容。若其密钥已丢失，请为待签发的密钥重新颁发该订单。"
    ),
    "deploy.key_mismatch_ukey": (
        "{path}：key.pkcs11 所指的令牌设备中没有该证书的密钥（SHA-256 {key}）。没有部署任何内容。请插入沃通寄来的 "
        "UKey，或在它到达之前去掉 key.pkcs11。"
    ),
    "deploy.key_mismatch_external": (
        "{path}：序列号为 {serial_number} 的证书属于另一把密钥（SHA-256 {key}），与 key.csr_command 的 CSR 不符。没有"
        "部署任何内容。"
    ),
    "deploy.no_live_key_ukey": "{path}：UKey 中没有当前使用的证书的密钥。",
    "deploy.other_key": (
        "{path} 的密钥与 key.content 不同，可能有订单正为它待签发。请等该订单结束；若不再需要该密钥，请把文件移走。"
    ),
    "deploy.other_kind": (
        "{path} 是 {kind}，而不是 {wanted}。待签发的密钥绝不替换，因此证书将属于这把密钥。部署使用后请重新颁发。"
    ),
    "deploy.unused_keys": (
        "{path}：令牌设备中有该证书的密钥，但本机没有文件指向它们：{ids}。其他主机可能在用，因此没有删除。"
        "若确认无人使用，请用 pkcs11-tool --delete-object 删除。"
    ),
    "deploy.key_not_removed": (
        "{path}：没有删除密钥 {uri}，因为 key.pkcs11 没有指明其令牌设备，或它不是本集合生成的。请用令牌设备自带的工具"
        "删除。"
    ),
    "deploy.other_csr": (
        "{path}：key.csr_command 打印的 CSR 属于另一把密钥（SHA-256 {key}），与待签发的订单 {order_id} 不符。证书部署"
        "之前，请让它打印同一个 CSR。"
    ),
    "deploy.long_csr": "{path}：key.csr_command 打印的不只是 CSR。它必须打印一个 PEM 格式的 CSR。",
    "deploy.no_csr": "{path}：key.csr_command 没有打印可用的 CSR。{why}没有下单。",
    "deploy.command_failed": "{path}：{option} {problem}。",
    "deploy.command_failed_output": "{path}：{option} {problem}。其输出为：{output}",
    "deploy.import": "key.import_from：{msg}",
    "deploy.import_no_file": "key.import_from：{path} 不是普通文件。请给出私钥文件本身的路径。",
    "deploy.import_large": "key.import_from：{path} 过大，不是私钥。",
    "deploy.import_unreadable": "key.import_from：无法读取 {path}：{error}。",
    "deploy.import_missing": "key.import_from：该主机上没有 {path}。若密钥已丢失，请去掉 key.import_from。",
    "deploy.import_unusable": "key.import_from：{path}：{msg}",
    "deploy.passphrase_of_import": "key.import_from：{path}：{why}请先用 'openssl pkey' 去掉口令。",
    "deploy.import_exposed": "key.import_from：该主机的所有用户都能读取 {path}。请运行 'chmod {mode} {path}'。",
    "deploy.validate_failed": "{path}：验证命令 '{command}' 无法运行：{error}。",
    "deploy.refused": (
        "{path}：验证命令 '{command}' 没有通过版本 {release}，退出状态为 {status}。当前使用的版本没有改变。"
    ),
    "deploy.refused_output": (
        "{path}：当前使用的版本没有改变，因为验证命令 '{command}' 没有通过版本 {release}，退出状态为 {status}：{output}"
    ),
    "deploy.no_former_release": "{path} 没有可以回退的上一个版本。",
    "deploy.no_directory_to_restore": "{path} 不存在，因此没有可以回退的上一个版本。",
    "deploy.no_key_to_restore": "{path} 中没有其证书的密钥，无法再次部署。",
    "deploy.no_key_in_hardware_to_restore": "{path} 的密钥不在令牌设备中，无法再次部署。",
    "reload.failed": "{path}：重新加载命令 '{command}' {problem}。{msg}",
    "reload.repeated": "{why}随后该命令{problem}。",
    "reload.output": "{why}其输出的末尾为：{output}",
    "reload.first_release": "当前证书保持部署，因为没有上一个版本。重新加载仍为待办：请重新运行。",
    "reload.live_before": "当前证书保持部署，因为它在本次运行之前已在使用。重新加载仍为待办：请重新运行。",
    "reload.other_release": "另一次运行在此期间部署了另一张证书，因此没有回退。",
    "reload.not_restored": "无法再次部署上一个版本 {release}，重新加载仍为待办：{error}。",
    "reload.restored": "已再次部署上一个版本 {release}。",
    "reload.pending": "{why}重新加载仍为待办。",
    "reload.not_served": "{address} 在 {seconds} 秒后仍没有使用当前的证书（{fingerprint}）：{problem}。",
    # Keys, certificate signing requests, certificates and chains.
    "library.missing": (
        "Python {python} 缺少库 cryptography >= 3.3。请安装发行版的软件包 python3-cryptography，或运行 '{python} -m "
        "pip install cryptography'，或把 ansible_python_interpreter 设为有该库的 Python。导入失败：{error}。"
    ),
    "library.old": (
        "Python {python} 缺少库 cryptography >= 3.3。请安装发行版的软件包 python3-cryptography，或运行 '{python} -m "
        "pip install cryptography'，或把 ansible_python_interpreter 设为有该库的 Python。现有版本为 {version}。"
    ),
    "library.encryption": "pkcs12.encryption {encryption} 需要主机上的库 cryptography >= 38。",
    "key.type": "密钥类型必须是 RSA 或 ECC，不能是 {type!r}。",
    "key.size": "RSA 密钥必须是 2048、3072 或 4096 位，不能是 {size}。",
    "key.curve": "ECC 密钥的曲线必须是 P-256 或 P-384，不能是 {curve!r}。",
    "key.passphrase": "私钥无法读取：它有口令保护。",
    "key.unreadable": "私钥无法读取：它不是 PEM 格式的私钥，或已损坏。",
    "key.other_type": "私钥既不是 RSA 也不是 ECC。",
    "key.unsupported": "不支持该私钥。{msg}",
    "csr.number": "文本中有 {number} 个 CSR（-----BEGIN CERTIFICATE REQUEST-----）。必须有一个。",
    "csr.damaged": "CSR 已损坏：{error}。",
    "csr.unreadable": "CSR 无法读取：{error}。",
    "csr.signature": "CSR 已损坏。其签名不是用其密钥所做。",
    "csr.sm2": "CSR 的密钥是 SM2。它必须是 RSA，或曲线为 P-256 或 P-384 的 ECC。",
    "csr.size": "CSR 的 RSA 密钥有 {bits} 位。它必须至少有 2048 位。",
    "csr.key": "CSR 的密钥必须是 RSA，或曲线为 P-256 或 P-384 的 ECC。",
    "subject.unknown": "未知的主体字段：{fields}。请使用 {known}。",
    "subject.control_character": "主体的 {field} 含有控制字符。请去掉它。",
    "subject.ascii": "主体的 {field} 只能有 ASCII 字符。",
    "subject.long": "主体的 {field} 有 {length} 个字符。最多 {longest} 个。",
    "subject.field": "主体的 {field} 无效：{error}。",
    "subject.invalid": "该主体不能用于 CSR：{error}。",
    "pem.none": "文本中没有 PEM 格式的证书（-----BEGIN CERTIFICATE-----）。",
    "pem.damaged": "PEM 文本的第 {number} 张证书已损坏：{error}。",
    "pem.unreadable": "PEM 文本的第 {number} 张证书无法读取：{error}。",
    "pem.serial_number": "PEM 文本的第 {number} 张证书的序列号为负数。",
    "pem.cut_off": "DER 被截断。",
    "chain.number": "有 {number} 张不同的证书。必须有 1 到 {most} 张。",
    "chain.no_key": "{number} 张证书中没有一张属于 SHA-256 为 {key} 的密钥。",
    "chain.only_cas": "没有最终实体证书，只有 CA 证书。",
    "chain.no_root": "'{leaf}' 的证书链没有通向自签名的根证书。它止于 '{end}'，其签发者为 '{issuer}'。",
    "chain.no_anchor": "'{leaf}' 的证书链没有通向所给的信任锚。它止于 '{end}'，其签发者为 '{issuer}'。",
    "chain.expired": "证书 '{subject}' 已于 {moment} 过期（现在是 {now}）。",
    "chain.not_yet_valid": "证书 '{subject}' 在 {moment} 之前尚未生效（现在是 {now}）。",
    "chain.not_valid": "证书链中有证书已过期或尚未生效。",
    "rule.ca": "证书 '{subject}' 属于 CA，而不是签名者。",
    "rule.name_constraint": "证书 '{subject}' 不允许名称 '{name}'。",
    "rule.weak_key": "证书 '{subject}' 的 RSA 密钥有 {bits} 位，少于 {least} 位。",
    "rule.weak_signature": "证书 '{subject}' 用 {algorithm} 签名，可能被伪造。",
    "rule.unreadable_extensions": "证书 '{subject}' 的扩展无法读取。",
    "rule.unknown_extension": "证书 '{subject}' 有未知的关键扩展 {oid}。",
    "openssl.missing": (
        "PATH 中没有 openssl 命令。SM2 签名需要运行该模块的主机上有支持 SM2 的 OpenSSL 3，例如 Debian 的软件包 "
        "openssl。请安装它，或把它放到 PATH 的最前面。"
    ),
    "openssl.no_sm2": (
        "{path} 无法验证 SM2 签名，因为有些发行版编译 OpenSSL 时不含 SM2。运行该模块的主机需要支持 SM2 的 OpenSSL 3。"
        "请安装它，或把它放到 PATH 的最前面。"
    ),
    "openssl.failed": "{path} 无法运行：{error}。请安装支持 SM2 的 OpenSSL 3，或把它放到 PATH 的最前面。",
    "openssl.slow": "{path} 在 {seconds} 秒内没有验证完 SM2 签名。请重新运行。",
    # Tokens.
    "token.old_cryptography": (
        "key.storage pkcs11 需要主机上有 cryptography >= {least}，而 {python} 的版本是 {version}。请运行 '{python} "
        "-m pip install --upgrade cryptography'，或把 ansible_python_interpreter 设为有该库的 Python。"
    ),
    "token.no_library": (
        "key.storage pkcs11 需要主机上有库 python-pkcs11 >= 0.7，而 {python} 缺少它（{error}）。请安装发行版的软件包 "
        "python3-pkcs11，或运行 '{python} -m pip install python-pkcs11'，或把 ansible_python_interpreter 设为有该库的"
        " Python。"
    ),
    "token.no_module": "key.pkcs11.module：{module} 不能用作 PKCS#11 库：{error}。请给出令牌设备附带的库的路径。",
    "token.several": (
        "key.pkcs11.token：有 {number} 个令牌设备的标签为 {label!r}。请用 key.pkcs11.slot 指明一个，或移除其他设备。"
    ),
    "token.no_label": "key.pkcs11.token：通过 {module} 找不到标签为 {label!r} 的令牌设备。现有：{tokens}。",
    "token.no_slot": "key.pkcs11.slot：通过 {module} 找不到插槽 {slot}。现有：{tokens}。",
    "token.locked": "令牌设备 {label!r} 已锁定其用户 PIN。请用其自带的工具解锁。",
    "token.last_try": (
        "令牌设备 {label!r} 的用户 PIN 只剩一次尝试，没有使用它。请先用令牌设备自带的工具登录，以重置计数。"
    ),
    "token.pin_refused": "{option}：令牌设备 {label!r} 拒绝了 PIN。在换成另一个之前不会再次尝试。请更正它。",
    "token.pin_refused_before": (
        "{option}：令牌设备 {label!r} 曾拒绝这个 PIN。没有再次尝试，因为令牌设备会自行锁定。请更正 PIN；若它现在是正"
        "确的，请删除 {path}。"
    ),
    "token.pin_unreadable": "key.pkcs11.pin_file：无法读取 {path}：{error}。",
    "token.pin_empty": "key.pkcs11.pin_file：{path} 为空。请把用户 PIN 写入其中。",
    "token.full": "令牌设备 {label!r}（{module}）已满（{error}）。请删除不再需要的密钥，然后重新运行。",
    "token.removed": "令牌设备 {label!r}（{module}）在使用中被拔出。请插入它，然后重新运行。",
    "token.failed": "令牌设备 {label!r}（{module}）拒绝了一项操作：{error}。",
    "token.other_label": (
        "key.pkcs11.label：令牌设备 {label!r} 中另有一把标签为 {own!r} 的密钥（ID {id}），它不属于该证书。请设置另一"
        "个标签。"
    ),
    "token.no_new_key": "令牌设备 {label!r} 没有显示它生成的密钥。",
    "token.no_public_key": "令牌设备 {label!r} 中有 ID 为 {id} 的私钥，但没有与之对应的公钥。",
    # What the checks of a host found.
    "host.python": "Python {version} 足够新。",
    "host.old_python": "{python} 是 Python {version}，早于 3.9。",
    "host.cryptography": "cryptography 库的版本足够新。",
    "host.user": "{user} 可以写入 {above}。",
    "host.other_user": "{user} 不能写入 {path} 所在的 {above}。",
    "host.path": "只有 root 和该用户可以改动 {path}。",
    "host.space": "{above} 有足够的空间。",
    "host.space_unknown": "无法读取 {above} 的空间：{error}。",
    "host.read_only": "{above} 位于只读文件系统上。",
    "host.no_space": "{above} 还剩 {size} KiB 和 {number} 个文件。",
    "host.accounts": "所有者和用户组均存在。",
    "host.no_owner": "该主机上没有所有者 {name!r}。",
    "host.no_group": "该主机上没有用户组 {name!r}。",
    "host.command": "主机上有 {program}。",
    "host.no_command": "主机上没有程序 {program}。",
    "host.empty_command": "空的命令不是主机上的程序。",
    "host.invalid_command": "命令无法拆分成词：{error}。",
    "host.key_file": "{path} 可以读取。",
    "host.no_key_file": "{path} 不存在，或无法读取。",
    "host.token": "令牌设备在。",
    # Parts of sentences.
    "part.installed_version": "已安装的版本是 {version}",
    "part.empty": "空",
    "part.tokenless": "无",
    "part.user": "用户 ID {user}",
    "record.not_utf8": "它不是 UTF-8 文本",
    "record.not_json": "它不是 JSON（{error}）",
    "record.no_object": "它不是 JSON 对象",
    "record.no_version": "它没有版本号",
    "record.newer": "它的版本是 {version}，而本集合的这一版本支持 {supported}",
    "record.superseded": "superseded 不是最多 {most} 张证书的列表",
    "record.operation": "pending.operation 不是 {choices} 之一",
    "record.no_release": "缺少 live.release",
    "record.object": "{name} 不是 JSON 对象",
    "record.long_object": "{name} 不是最多 {longest} 个字符的 JSON 对象",
    "record.text": "{name} 不是最多 {longest} 个字符的文本",
    "record.id": "{name} 不是订单号",
    "record.number": "{name} 不是 0 到 {most} 的数字",
    "record.flag": "{name} 既不是 true 也不是 false",
    "record.digest": "{name} 中有文件没有 sha256",
    "part.not_run": "无法运行：{error}",
    "part.not_ended": "在 {seconds} 秒内没有结束，已被终止",
    "part.signal": "被信号 {number} 终止",
    "part.exit_status": "失败，退出状态为 {status}",
    "part.succeeded": "成功",
    "part.not_served": "成功，但 {error}",
    "part.served": "SHA-256 为 {found} 的证书",
    "part.no_certificate": "它没有证书",
    "part.long": "文本超过 {longest} 个字符",
    "part.no_end": "缺少 -----END {label}-----",
    "part.base64": "BEGIN 和 END 之间的文本不是 base64",
    "part.not_text": "它不是文本",
    "part.no_time": "不是 ISO 8601 时间：{text!r}",
}
"""These texts by id."""
