"""Whose load is added up: the chargers of a plan, of a fleet, or those that were named; and what is there of each."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from agent.config.plans import Plan, read_plan
from agent.core.load_profile.days import KEPT_DAYS
from agent.core.load_profile.site import Member
from agent.core.metrics.fleet import LeftOut
from agent.drivers import loader
from agent.tables import close_to, nearest
from agent.telemetry.topics import DEVICE, device_of
from agent.values import frozen
from tools.support.failures import NotReachable, WrongUse
from tools.support.load_asking import asked_profiles
from tools.support.load_files import Profiles, read_profiles
from tools.support.picture import Picture
from tools.support.verbs.fleet import whole_picture

DAYS = 7
WHOSE = (
    "whose load? Write a folder with exported profiles, or names of chargers (evse-support fleet has them), or "
    "--plan FILE, --site ORDER or --match NAME"
)


@frozen(kw_only=True)
class Site:
    """`names`: of its chargers on the broker, by their serial numbers."""

    name: str
    names: Mapping[str, str]


def planned_site(file: Path, group: str) -> Site:
    """The chargers of a plan, of all its feeders or of one. Raises ConfigError, WrongUse."""
    plan = read_plan(file, loader)
    feeders = [one.name for one in plan.groups]
    if group and group not in feeders:
        there = f"there are {', '.join(feeders)}" if feeders else "it names none"
        raise WrongUse(f'--group: {file} has no group "{group}"{nearest(group, feeders)}; {there}')
    mine = [one for one in plan.chargers if not group or (one.row is not None and one.row.group == group)]
    names = {one.serial_number: _name(plan, one.serial_number) for one in mine}
    if not names or "" in names:
        which = f'no charger belongs to the group "{group}"' if not names else "it leaves a serial number open"
        raise WrongUse(f"{file}: {which}, so nobody knows whose load it is; write [[charger]] with serial_number")
    site = next((one.config.references.site for one in mine if one.config.references.site), file.name)
    return Site(name=f"{site}, {group}" if group else site, names=names)


def _name(plan: Plan, serial_number: str) -> str:
    mqtt = plan.of(serial_number).config.mqtt
    return (mqtt.device if mqtt is not None else None) or device_of(serial_number)


def profiles_of(typed: argparse.Namespace, site: Site | None, last: int | None, days: int | None) -> Profiles:
    """By what was typed. `last` (days since 1970) and `days` are asked of chargers. Raises AgentError, OSError."""
    files = _files(typed.source)
    if files:
        if typed.days is not None or typed.site or typed.match:
            raise WrongUse("files say themselves of which days and whose they are; --from and --until choose of them")
        profiles = read_profiles(files)
        return profiles if site is None else _of_site(profiles, site)
    names = chosen_names(typed, site)
    if days is not None and not 1 <= days <= KEPT_DAYS:
        raise WrongUse(f"{days} days: a charger keeps {KEPT_DAYS}; ask for 1 to {KEPT_DAYS}")
    return asked_profiles(typed, names, days or DAYS, last)


def _files(source: Sequence[str]) -> list[Path]:
    """Empty where chargers are named, or nothing is. Raises WrongUse."""
    there = [Path(one) for one in source if Path(one).expanduser().exists()]
    if there and len(there) < len(source):
        missing = next(one for one in source if not Path(one).expanduser().exists())
        raise WrongUse(f"{there[0]} is a file or folder, and {missing[:70]} is none; name files, or chargers, not both")
    return [one.expanduser() for one in there]


def refuse_two_choices(typed: argparse.Namespace, site: Site | None) -> None:
    """Raises WrongUse."""
    if sum(map(bool, (typed.source, site, typed.site, typed.match))) > 1:
        raise WrongUse("chargers are named, or those of --plan, --site or --match; one of these at a time")


def chosen_names(typed: argparse.Namespace, site: Site | None) -> list[str]:
    """Of the chargers on the broker. Raises WrongUse, and NotReachable where none fits."""
    refuse_two_choices(typed, site)
    if site is not None:
        return list(site.names.values())
    for at, one in enumerate(typed.source):
        if not DEVICE.fullmatch(one):
            raise WrongUse(f'"{one[:70]}": there is no such file or folder, and no charger is called so')
        if one in typed.source[:at]:
            raise WrongUse(f"{one} is named twice, and a charger counts once")
    if typed.source:
        return list(typed.source)
    if not typed.site and not typed.match:
        raise WrongUse(WHOSE)
    return fitting(whole_picture(typed), typed.site, typed.match)


def names_in(picture: Picture, typed: argparse.Namespace, site: Site | None) -> list[str]:
    """The same of a fleet that is known; all of it where nothing was chosen. Raises WrongUse, NotReachable."""
    if typed.site or typed.match:
        return fitting(picture, typed.site, typed.match)
    return chosen_names(typed, site) if typed.source or site is not None else list(picture.devices)


def fitting(picture: Picture, site: str, match: str) -> list[str]:
    """Of a fleet. Raises NotReachable."""
    devices = picture.devices.values()
    named = [one.name for one in devices if match and fnmatchcase(one.name, match)]
    names = sorted({*named, *(one.name for one in devices if site and one.site_ref == site)})
    if names:
        return names
    if match:
        close = close_to(match, list(picture.devices))
        raise NotReachable(f'--match: no charger on this broker is called "{match}"{close}; see: evse-support fleet')
    orders = sorted({one.site_ref for one in devices if one.site_ref})
    told = f"{nearest(site, orders)}; they name {', '.join(orders[:20])}" if orders else "; none of them names one"
    raise NotReachable(f'--site: no charger on this broker was set up by a plan of the order "{site}"{told}')


def _of_site(profiles: Profiles, site: Site) -> Profiles:
    """Each charger of the plan, with its file or without: then nothing is known of it. Raises WrongUse."""
    found = Profiles(files=profiles.files, left_out=list(profiles.left_out), notes=list(profiles.notes))
    by_serial: dict[str, Member] = {}
    for one in profiles.members:
        # A file that does not say whose it is may say so by its name.
        own = profiles.serials.get(one.name) or Path(one.name).stem
        serial = next((serial for serial, name in site.names.items() if own in (serial, name)), None)
        if serial is None:
            found.left_out.append(LeftOut(one.name, "it is no charger of the plan"))
        elif serial in by_serial:
            raise WrongUse(f"two files are of {serial}, and a charger counts once; take one of them out")
        else:
            by_serial[serial] = Member(name=serial, days=one.days, connected_w=one.connected_w)
    for serial in site.names:
        if serial not in by_serial:
            found.left_out.append(LeftOut(serial, "it is in the plan, and no file is of it, so nothing is known of it"))
        found.members.append(by_serial.get(serial, Member(name=serial)))
    found.serials = {serial: serial for serial in by_serial}
    return found
