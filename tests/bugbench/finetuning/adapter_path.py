"""An adapter is loaded from a folder that is not there.

ValueError: Can't find 'adapter_config.json' at 'adapters/does-not-exist'
"""

from peft import PeftModel
from tiny import model

PeftModel.from_pretrained(model(), "adapters/does-not-exist")
