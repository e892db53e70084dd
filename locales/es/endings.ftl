# Cómo terminó una solicitud: una palabra, qué pasó y qué hacer ahora.

ending-allowed = Permitida
ending-allowed-text = El cliente lo ha permitido.
ending-allowed-next = Continúa con lo que pediste.
ending-stopped = Detenida
ending-stopped-text = El cliente lo ha rechazado.
ending-stopped-next = No continúes.
ending-reported = Con aviso
ending-reported-text = El cliente dice que no está hablando con nosotros.
ending-reported-unproved-text = Alguien que tiene el enlace, y que no ha iniciado sesión, dice que no está hablando con nosotros.
    .without-links = Alguien que tiene el código, y que no ha iniciado sesión, dice que no está hablando con nosotros.
ending-reported-next = Para y comprueba con quién hablas.
ending-reference = Referencia equivocada
ending-reference-text = En la página del cliente se eligió otra referencia que la tuya.
ending-reference-next = Comprueba con quién hablas; después pide de nuevo y lee despacio la nueva referencia.
ending-account = Otra cuenta
ending-account-text = Ha iniciado sesión alguien para quien no es esta solicitud.
ending-account-next = Comprueba el número o la dirección del cliente y pide de nuevo.
ending-unanswered = Sin respuesta
ending-unanswered-text = El cliente inició sesión y no respondió a tiempo.
ending-unanswered-next = Pregunta si todavía lo quiere y envíala de nuevo.
ending-sign-in = Acceso fallido
ending-sign-in-text = { $times ->
    [one] El cliente intentó iniciar sesión una vez, sin éxito.
   *[other] El cliente intentó iniciar sesión { $times } veces, sin éxito.
}
ending-sign-in-next = Envíala de nuevo e indica otra forma de iniciar sesión.
ending-opened = Sin iniciar sesión
ending-opened-text = Se usó el enlace y nadie inició sesión.
    .without-links = Se usó el código y nadie inició sesión.
ending-opened-next = Pregunta qué se ve en la página y envíala de nuevo.
ending-unopened = Sin abrir
ending-unopened-text = Por lo que vemos, nadie ha usado el enlace.
    .without-links = Por lo que vemos, nadie ha usado el código.
ending-unopened-next = Pregunta si ha llegado, comprueba el número o la dirección y envíala de nuevo.
ending-late = Demasiado tarde
ending-late-text = El cliente respondió demasiado tarde. No se ha concedido nada.
ending-late-next = Envíala de nuevo y pide que responda pronto.
ending-unconfirmed = Sin confirmar
ending-unconfirmed-text = El cliente respondió y el proveedor nunca confirmó la respuesta. No se ha concedido nada.
ending-unconfirmed-next = Envíala de nuevo y dile que su respuesta no llegó.
ending-expired = Caducada
ending-expired-text = El tiempo se agotó antes de que el cliente decidiera.
ending-expired-next = Envíala de nuevo.
ending-withdrawn = Retirada
ending-withdrawn-text = Se ha retirado y nadie recoge una respuesta. En una página de acceso que comparta nuestra base de datos ya nadie puede permitirla.
ending-withdrawn-next = Pide de nuevo cuando el cliente esté listo.
ending-failed = Fallida
ending-failed-text = No se pudo seguir esta solicitud hasta el final.
ending-failed-next = Envíala de nuevo.
ending-unreachable = No localizado
ending-unreachable-text = No se pudo enviar el enlace a nadie: el proveedor no tiene ningún número de teléfono ni correo al que enviarlo.
    .without-links = No se pudo enviar el mensaje a nadie: el proveedor no tiene ningún número de teléfono ni correo al que enviarlo.
ending-unreachable-next = Compruebe el número o el correo del cliente en el proveedor y envíela de nuevo.
